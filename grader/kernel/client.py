"""Asks a warm process for forks of it, and starts one where there is none."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from grader.kernel import compatibility, runtime_dir, wire
from grader.kernel.preload import MODULES, ONE_THREAD
from grader.sandbox import Guard, Policy
from grader.sandbox.backends import Backend

ANSWER_SECONDS = 120
"""How long a warm process may take to import, and to fork."""
IDLE_SECONDS = 900
UNKNOWN = 255
"""Exit code of a fork whose warm process was gone before it."""
_CODE = "import sys; del sys.path[0]; from grader.kernel.server import main; main()"  # not from where it was started

File = int | IO | None
Streams = tuple[File, File]


class Unavailable(RuntimeError):
    """There is no warm process to be had, and why."""


class Process:
    """A fork that runs; what `subprocess.Popen` is for a program. It isn't a child of this process."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int, pidfd: int):
        self.pid = pid
        self.returncode: int | None = None
        self._connection = connection
        self._pidfd = pidfd

    def poll(self) -> int | None:
        """Its exit code, negative for a signal, or None while it runs."""
        if self.returncode is None and self._has_ended(0):
            self.returncode = self._told()
            self.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises TimeoutExpired."""
        if self.returncode is None and not self._has_ended(timeout):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Let go of it; if it runs, it goes on."""
        self._connection.close()
        if self._pidfd >= 0:
            os.close(self._pidfd)
        self._pidfd = -1

    def __del__(self) -> None:
        self.close()

    def _has_ended(self, timeout: float | None) -> bool:
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        return bool(poll.poll(None if timeout is None else 1000 * timeout))

    def _told(self) -> int:
        """What the warm process, its parent, says of its end."""
        self._connection.settimeout(5)
        try:
            return wire.receive(self._connection)[0]["ended"]
        except (EOFError, OSError):
            return UNKNOWN


@dataclass(frozen=True)
class Warm:
    """The warm process for a kind of forks: where it is found, and the variables it has."""

    path: str
    variables: dict[str, str]
    modules: Sequence[str] = MODULES

    def ask(self, request: dict[str, Any], files: Sequence[int]) -> tuple[socket.socket, dict[str, Any], list[int]]:
        """Send a request to a fork of it; returns the connection, the answer and what came with it.

        Raises Unavailable, or ValueError for what no fork would do.
        """
        if self.path in _unavailable:
            raise Unavailable(_unavailable[self.path])
        try:
            connection, answer, received = self._ask_twice(request, files)
        except (EOFError, OSError) as error:
            raise Unavailable(f"the warm process can't be asked: {error}") from error
        if "refused" in answer:
            raise self._unavailable(answer["refused"])
        if not received:
            raise ValueError(answer.get("wrong", "the fork ended at once"))
        return connection, answer, received

    def _ask_twice(self, request: dict[str, Any], files: Sequence[int]):
        """The one that was found may be just about to end."""
        for last in (False, True):
            connection = self.connect()
            try:
                wire.send(connection, request, files)
                return connection, *wire.receive(connection)
            except (EOFError, ConnectionError):
                connection.close()
                if last:
                    raise self._unavailable(
                        f"the warm process ends early; see {runtime_dir.log_of(self.path)}"
                    ) from None
            except BaseException:
                connection.close()
                raise

    def _unavailable(self, why: str) -> Unavailable:
        """It won't get better: not to be tried again from this process."""
        _unavailable[self.path] = why
        return Unavailable(why)

    def connect(self) -> socket.socket:
        """To the process at the socket, or to a new one, which answers when it has imported everything."""
        with runtime_dir.locked(self.path):
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                return _connected(self.path)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)  # its owner was killed
            self._launch()
            return _connected(self.path)

    def _launch(self) -> None:
        with socket.socket(socket.AF_UNIX, wire.KIND) as listener, open(runtime_dir.log_of(self.path), "w") as log:
            listener.bind(self.path)
            listener.listen(1024)
            idle = os.environ.get("GRADER_KERNEL_IDLE", str(IDLE_SECONDS))
            options = ["--listener", str(listener.fileno()), "--idle", idle]
            subprocess.Popen(
                [sys.executable, "-c", _CODE, *options, *self.modules],
                env={**self.variables, **ONE_THREAD},
                cwd=runtime_dir.home(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )


_unavailable: dict[str, str] = {}


def warm(environment: Mapping[str, str], private: str = "", modules: Sequence[str] | None = None) -> Warm:
    """The warm process for forks with this environment; `private` is their own folder, their home, if they have one.

    Raises Unavailable where there can't be any.
    """
    if sys.platform != "linux":
        raise Unavailable("only Linux can fork a process that has imported TensorFlow")
    modules = modules or os.environ.get("GRADER_KERNEL_MODULES", "").split() or MODULES
    kept = compatibility.variables(environment, private)
    try:
        if private:
            # Keras expands it when it looks for a file, not when it is imported.
            kept |= {"HOME": runtime_dir.home(), "KERAS_HOME": "~/.keras"}
        return Warm(runtime_dir.socket_of(compatibility.key(kept, modules)), kept, modules)
    except OSError as error:
        raise Unavailable(str(error)) from error


def warm_up(environment: Mapping[str, str] | None = None) -> None:
    """See to it that there is a warm process, or will be in some seconds."""
    warm(os.environ if environment is None else environment).connect().close()


def warm_up_confined(policy: Policy) -> None:
    """The same for forks in a sandbox with such a policy. Where there can't be any, whoever asks will be told."""
    with contextlib.suppress(Unavailable, OSError):
        warm(policy.environment, policy.private).connect().close()


def start(
    body: str,
    arguments: Any,
    *,
    environment: Mapping[str, str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    streams: Streams = (None, None),
    files: Sequence[int] = (),
) -> Process:
    """Run `body`, one of child.BODIES, in a fork of the warm process: with this environment, in this folder.

    `streams` are standard output and error as for `subprocess`, but no pipes; standard input is empty. `files` are
    open ones that it gets. Raises Unavailable, or ValueError for what no fork would do.
    """
    environment = dict(os.environ if environment is None else environment)
    request = {
        "body": body,
        "arguments": arguments,
        "environment": environment,
        "folder": os.path.abspath(folder or os.getcwd()),
        "umask": _umask(),
        "limits": compatibility.limits(),
        "ignored": compatibility.ignored(),
        "executable": sys.executable,
    }
    with _opened(streams, (1, 2)) as three:
        connection, answer, (pidfd,) = warm(environment).ask(request, [*three, *files])
    return Process(connection, answer["pid"], pidfd)


def start_confined(
    body: str,
    arguments: Any,
    policy: Policy,
    backend: Backend,
    *,
    streams: Streams = (None, None),
    files: Sequence[int] = (),
) -> Guard:
    """The same in a sandbox, with the environment and in the folder that the policy says, and no output by default.

    Returns its guard; its `started` waits, and raises NotConfined. Raises Unavailable where there is no warm process,
    also for a backend that can't be entered by a fork, or ValueError for what no fork would do.
    """
    if not backend.forks:
        raise Unavailable(f"a running process can't enter {backend.title}")
    request = {
        "body": body,
        "arguments": arguments,
        "executable": sys.executable,
        "policy": policy.to_json(),
        "backend": backend.to_data(),
    }
    with _opened(streams, (subprocess.DEVNULL, subprocess.DEVNULL)) as three:
        connection, _, (control,) = warm(policy.environment, policy.private).ask(request, [*three, *files])
    connection.close()
    return Guard(socket.socket(fileno=control))


def _connected(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, wire.KIND)
    try:
        connection.settimeout(ANSWER_SECONDS)
        connection.connect(path)
        if wire.peer(connection) != os.getuid():
            raise runtime_dir.Unsafe(f"{path} is answered by another user")
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _opened(streams: Streams, defaults: tuple[int, int]):
    """The numbers of standard input, output and error."""
    given = [default if stream is None else stream for stream, default in zip(streams, defaults, strict=True)]
    if any(isinstance(stream, int) and stream < 0 and stream != subprocess.DEVNULL for stream in given):
        raise Unavailable("a fork can't be given pipes")
    with open(os.devnull, "r+b", buffering=0) as nowhere:
        numbers = [nowhere if stream == subprocess.DEVNULL else stream for stream in (subprocess.DEVNULL, *given)]
        yield [number if isinstance(number, int) else number.fileno() for number in numbers]


def _umask() -> int:
    """Read where the kernel tells it: asking for it the usual way would change it for a moment, in all threads."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1], 8) for line in file if line.startswith("Umask:"))
