"""Asks a warm process for forks and, if there is none yet, starts one."""

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
"""How long a warm process may take to import everything and to fork."""
IDLE_SECONDS = 900
BODIES = ("grader.kernel.app:main", "grader.judge.main:in_fork")
"""What forks may run: functions of plain data and the numbers of open files.

A warm process is given this list when it is started, so a request cannot add to it.
"""
UNKNOWN = 255
"""Exit code of a fork that outlived its warm process."""
_CODE = "import sys; del sys.path[0]; from grader.kernel.server import main; main()"  # not from the working directory

File = int | IO | None
Streams = tuple[File, File]


class Unavailable(RuntimeError):
    """No warm process is available; the message says why."""


class Process:
    """A running fork, with the interface of `subprocess.Popen`. It is not a child of this process."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int, pidfd: int):
        self.pid = pid
        self.returncode: int | None = None
        self._connection = connection
        self._pidfd = pidfd

    def poll(self) -> int | None:
        """Its exit code, negative for a signal, or None while it runs."""
        if self.returncode is None and self._has_ended(0):
            self.returncode = self._exit_code()
            self.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code. Raises TimeoutExpired."""
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
        """Release the fork, which continues if it is still running."""
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

    def _exit_code(self) -> int:
        """The exit code that the warm process, its parent, reports."""
        self._connection.settimeout(5)
        try:
            return wire.receive(self._connection)[0]["ended"]
        except (EOFError, OSError):
            return UNKNOWN


@dataclass(frozen=True)
class Warm:
    """The warm process for one kind of fork: its socket, environment variables, modules, and bodies."""

    path: str
    variables: dict[str, str]
    modules: Sequence[str] = MODULES
    bodies: Sequence[str] = BODIES

    def ask(self, request: dict[str, Any], files: Sequence[int]) -> tuple[socket.socket, dict[str, Any], list[int]]:
        """Send a request to a new fork. Returns the connection, the answer, and the files that came with it.

        Raises Unavailable, or ValueError for a request that any fork would reject.
        """
        if self.path in _unavailable:
            raise Unavailable(_unavailable[self.path])
        try:
            connection, answer, received = self._ask_twice(request, files)
        except (EOFError, OSError) as error:
            raise Unavailable(f"the warm process cannot be reached: {error}") from error
        if "refused" in answer:
            raise self._unavailable(answer["refused"])
        if not received:
            raise ValueError(answer.get("wrong", "the fork ended at once"))
        return connection, answer, received

    def _ask_twice(self, request: dict[str, Any], files: Sequence[int]):
        """Try again once, as the warm process that was found may have been about to end."""
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
        """Remember the reason, so that this process does not try again."""
        _unavailable[self.path] = why
        return Unavailable(why)

    def connect(self) -> socket.socket:
        """Connect to the process at the socket or to a new one, which answers once it has imported everything."""
        with runtime_dir.locked(self.path):
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                return _connected(self.path)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)  # its process was killed
            self._launch()
            return _connected(self.path)

    def _launch(self) -> None:
        with socket.socket(socket.AF_UNIX, wire.KIND) as listener, open(runtime_dir.log_of(self.path), "w") as log:
            listener.bind(self.path)
            listener.listen(1024)
            idle = os.environ.get("GRADER_KERNEL_IDLE", str(IDLE_SECONDS))
            options = ["--listener", str(listener.fileno()), "--idle", idle]
            options += [word for body in self.bodies for word in ("--body", body)]
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


def warm(
    environment: Mapping[str, str],
    private: str = "",
    modules: Sequence[str] | None = None,
    bodies: Sequence[str] = BODIES,
) -> Warm:
    """The warm process for forks with this environment. `private` is the home of confined forks.

    Raises Unavailable if there cannot be one.
    """
    if sys.platform != "linux":
        raise Unavailable("only on Linux can a process that has imported TensorFlow be forked")
    modules = modules or os.environ.get("GRADER_KERNEL_MODULES", "").split() or MODULES
    kept = compatibility.variables(environment, private)
    try:
        if private:
            # Keras expands this path when it looks for a file, not when it is imported.
            kept |= {"HOME": runtime_dir.home(), "KERAS_HOME": "~/.keras"}
        path = runtime_dir.socket_of(compatibility.key(kept, (*modules, *bodies)))
        return Warm(path, kept, modules, bodies)
    except OSError as error:
        raise Unavailable(str(error)) from error


def warm_up(environment: Mapping[str, str] | None = None) -> None:
    """Start a warm process unless there is one; it is ready in a few seconds."""
    warm(os.environ if environment is None else environment).connect().close()


def warm_up_confined(policy: Policy) -> None:
    """The same for forks in a sandbox with this policy. Errors are ignored; the first real request reports them."""
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
    bodies: Sequence[str] = BODIES,
) -> Process:
    """Run `body`, one of `bodies`, in a fork of the warm process, with this environment and in this folder.

    `streams` are standard output and error as for `subprocess`, except for pipes; standard input is empty. `files` are
    open files to pass on. Raises Unavailable, or ValueError for a request that any fork would reject.
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
        connection, answer, (pidfd,) = warm(environment, bodies=bodies).ask(request, [*three, *files])
    return Process(connection, answer["pid"], pidfd)


def start_confined(
    body: str,
    arguments: Any,
    policy: Policy,
    backend: Backend,
    *,
    streams: Streams = (None, None),
    files: Sequence[int] = (),
    bodies: Sequence[str] = BODIES,
) -> Guard:
    """The same in a sandbox, with the environment and folder of the policy, and without output by default.

    Returns the guard, whose `started` waits and raises NotConfined. Raises Unavailable if there is no warm process or a
    fork cannot enter the backend, or ValueError for a request that any fork would reject.
    """
    if not backend.forks:
        raise Unavailable(f"a running process cannot enter {backend.title}")
    request = {
        "body": body,
        "arguments": arguments,
        "executable": sys.executable,
        "policy": policy.to_json(),
        "backend": backend.to_data(),
    }
    with _opened(streams, (subprocess.DEVNULL, subprocess.DEVNULL)) as three:
        process = warm(policy.environment, policy.private, bodies=bodies)
        connection, _, (control,) = process.ask(request, [*three, *files])
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
    """The file numbers of standard input, output, and error."""
    given = [default if stream is None else stream for stream, default in zip(streams, defaults, strict=True)]
    if any(isinstance(stream, int) and stream < 0 and stream != subprocess.DEVNULL for stream in given):
        raise Unavailable("a fork cannot be given pipes")
    with open(os.devnull, "r+b", buffering=0) as devnull:
        numbers = [devnull if stream == subprocess.DEVNULL else stream for stream in (subprocess.DEVNULL, *given)]
        yield [number if isinstance(number, int) else number.fileno() for number in numbers]


def _umask() -> int:
    """Read from /proc, as os.umask would change it for a moment, in all threads."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1], 8) for line in file if line.startswith("Umask:"))
