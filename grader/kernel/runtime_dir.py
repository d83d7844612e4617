"""Where warm processes are found: sockets in a folder that nobody else can enter."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator

from grader.sandbox.policy import SOCKET_PATH

_NAME = 16 + len(".sock")


class Unsafe(OSError):
    """Somebody else may have, or have had, their hands in the folder."""


def folder() -> str:
    """A folder of this user alone; made where it is missing. Raises Unsafe, or another OSError.

    The environment's GRADER_KERNEL_DIR names another than the usual one, if its path is short enough.
    """
    places = (os.environ.get("GRADER_KERNEL_DIR"), _below_run(), f"{tempfile.gettempdir()}/", "/tmp/")
    own = [f"{place}grader-{os.getuid()}" if place.endswith("/") else place for place in filter(None, places)]
    path = next((path for path in own if len(os.fsencode(path)) + 1 + _NAME <= SOCKET_PATH), own[-1])
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Unsafe(f"{path} is not a folder of your own that is closed to others; remove it, or `chmod 700` it")
    return path


def settle() -> None:
    """From now on this process and those that it starts look where they do now, wherever temporary files then go."""
    with contextlib.suppress(OSError):  # whoever needs the folder will say what is wrong with it
        os.environ["GRADER_KERNEL_DIR"] = folder()


def _below_run() -> str | None:
    """The folder that the system gives each user who is logged in."""
    path = os.environ.get("XDG_RUNTIME_DIR")
    return f"{path}/" if path and os.path.isdir(path) else None


def socket_of(key: str) -> str:
    return f"{folder()}/{key}.sock"


def log_of(socket: str) -> str:
    return socket.removesuffix(".sock") + ".log"


def home() -> str:
    """A home that belongs to nobody, for warm processes whose kernels have homes of their own."""
    path = f"{folder()}/home"
    os.makedirs(path, 0o700, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(socket: str, wait: bool = True) -> Iterator[bool]:
    """Alone in finding, starting and ending the warm process at this socket. A dead owner's lock is free again."""
    with open(socket.removesuffix(".sock") + ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
