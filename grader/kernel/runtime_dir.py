"""The folder of the sockets of warm processes, which only this user can enter."""

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
    """Another user may have access to the folder."""


def folder() -> str:
    """The folder, created if it is missing. Raises Unsafe or another OSError.

    The variable GRADER_KERNEL_DIR names a different one, if its path is short enough.
    """
    candidates = (os.environ.get("GRADER_KERNEL_DIR"), _user_runtime_dir(), f"{tempfile.gettempdir()}/", "/tmp/")
    paths = [f"{path}grader-{os.getuid()}" if path.endswith("/") else path for path in filter(None, candidates)]
    path = next((path for path in paths if len(os.fsencode(path)) + 1 + _NAME <= SOCKET_PATH), paths[-1])
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Unsafe(f"{path} is not a folder that only you can access; remove it or run `chmod 700` on it")
    return path


def pin() -> None:
    """Make this process and those it starts use the current folder, even if TMPDIR changes later."""
    with contextlib.suppress(OSError):  # the first use of the folder reports what is wrong with it
        os.environ["GRADER_KERNEL_DIR"] = folder()


def _user_runtime_dir() -> str | None:
    """The folder that the system creates for each logged-in user."""
    path = os.environ.get("XDG_RUNTIME_DIR")
    return f"{path}/" if path and os.path.isdir(path) else None


def socket_of(key: str) -> str:
    return f"{folder()}/{key}.sock"


def log_of(socket: str) -> str:
    return socket.removesuffix(".sock") + ".log"


def home() -> str:
    """An empty home directory, for warm processes whose forks have homes of their own."""
    path = f"{folder()}/home"
    os.makedirs(path, 0o700, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(socket: str, wait: bool = True) -> Iterator[bool]:
    """Hold the lock for finding, starting, or ending the warm process at a socket. It is released if its owner dies."""
    with open(socket.removesuffix(".sock") + ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
