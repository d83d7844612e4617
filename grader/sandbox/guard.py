"""The grader's side of a sandbox: starts a submission, reports how it ended, and ends it on request."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from typing import IO, Any

from grader.sandbox.backends import Backend
from grader.sandbox.confine import NotConfined
from grader.sandbox.exit_status import LEFT, LOST, Ended, Usage, from_data
from grader.sandbox.policy import Policy
from grader.sandbox.runtime import own_program
from grader.sandbox.supervisor import supervise

START_SECONDS = 60
"""How long a submission's first process may take to start."""
MESSAGE_SIZE = 1 << 16


class Guard:
    """A handle on one running submission. The submission ends when its guard is closed or the guard's process ends.

    `control` is the socket to the supervisor. It can be sent to another process, which wraps it in a Guard of its own.
    """

    def __init__(self, control: socket.socket, supervisor: int | None = None):
        self.control = control
        self.pid = 0
        self._supervisor = supervisor  # its process ID, if it is a child of this process
        self._received = b""
        self._failed = ""
        self._usage: Usage | None = None
        self._ended: Ended | None = None

    def started(self, timeout: float = START_SECONDS) -> int:
        """Wait until the submission runs, and return its process ID. Raises NotConfined if it cannot run confined."""
        self._read_until(lambda: self.pid or self._ended, timeout)
        if self._failed or not self.pid:
            self.close()
            raise NotConfined(self._failed or "its supervisor did not start")
        return self.pid

    def poll(self) -> Ended | None:
        """How the submission ended, or None while it runs."""
        self._read_until(lambda: self._ended, 0)
        return self._ended

    def wait(self, timeout: float | None = None) -> Ended:
        """Wait until the submission has ended. Raises TimeoutError."""
        self._read_until(lambda: self._ended, timeout)
        if self._ended is None:
            raise TimeoutError(f"still running after {timeout} s")
        return self._ended

    def end(self, why: str = "ended") -> Ended:
        """End the submission and everything it has started. When this returns, none of its processes is left."""
        self._send(end=why)
        return self.wait()

    def signal(self, number: int) -> None:
        """Send a signal to the submission's first process."""
        self._send(signal=number)

    def usage(self, timeout: float = 10) -> Usage:
        """What the submission uses now, or had used when it ended."""
        self._usage = None
        self._send(usage=True)
        self._read_until(lambda: self._usage or self._ended, timeout)
        if self._ended:
            return self._ended.usage
        return self._usage or Usage()

    def fileno(self) -> int:
        """A descriptor that becomes readable when `poll` may have news."""
        return self.control.fileno()

    def detach(self) -> socket.socket:
        """Give up the submission, so that the returned socket can be sent to another process.

        The supervisor stays a child of this process, which has to wait for it in the end.
        """
        self._supervisor = None
        return self.control

    def close(self) -> None:
        """Close the connection; a submission that still runs is ended."""
        self.control.close()
        self._reap()

    def __enter__(self) -> Guard:
        return self

    def __exit__(self, *_: object) -> None:
        if self.control.fileno() >= 0 and self.poll() is None:
            self.end(LEFT)
        self.close()

    def _send(self, **message: Any) -> None:
        with contextlib.suppress(OSError):  # it has ended in the meantime; the next read tells how
            self.control.sendall(json.dumps(message).encode() + b"\n")

    def _read_until(self, done: Callable[[], object], timeout: float | None) -> None:
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        deadline = None if timeout is None else time.monotonic() + timeout
        while not done() and self._ended is None:
            left = None if deadline is None else 1000 * max(0.0, deadline - time.monotonic())
            if not poll.poll(left):
                return
            self._read()

    def _read(self) -> None:
        try:
            data = self.control.recv(MESSAGE_SIZE)
        except ConnectionError:
            data = b""
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            self.pid = message.get("started", self.pid)
            self._failed = message.get("failed", self._failed)
            if "usage" in message:
                self._usage = Usage(**message["usage"])
            if "ended" in message:
                self._ended = from_data(message["ended"])
        if not data and self._ended is None:
            self._ended = Ended(LOST, detail=self._failed)
        if self._ended:
            self._reap()

    def _reap(self) -> None:
        """Wait for the supervisor, which has exited or is about to."""
        if self._supervisor is not None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._supervisor, 0)
            self._supervisor = None


class Sandboxed(Guard):
    """A program that runs in a sandbox, with `stdin`, `stdout`, and `stderr` as `subprocess.Popen` has them."""

    def __init__(self, control: socket.socket, process: subprocess.Popen[bytes]):
        super().__init__(control)
        self.process = process
        self.stdin: IO[bytes] | None = process.stdin
        self.stdout: IO[bytes] | None = process.stdout
        self.stderr: IO[bytes] | None = process.stderr

    def close(self) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        super().close()

    def _reap(self) -> None:
        self.process.wait()


def start(
    argv: Sequence[str],
    policy: Policy,
    backend: Backend,
    *,
    stdin: int | IO[Any] | None = subprocess.DEVNULL,
    stdout: int | IO[Any] | None = None,
    stderr: int | IO[Any] | None = None,
    files: Collection[int] = (),
) -> Sandboxed:
    """Run a program in a sandbox. It inherits the open `files` under the same numbers. Raises NotConfined."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            own_program("supervisor.main", str(theirs.fileno())),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=(theirs.fileno(), *files),
        )
    job = {"policy": policy.to_json(), "backend": backend.to_data(), "argv": list(argv), "files": list(files)}
    sandboxed = Sandboxed(ours, process)
    sandboxed._send(**job)
    sandboxed.started()
    return sandboxed


def fork(policy: Policy, backend: Backend, body: Callable[[], object], files: Collection[int] = ()) -> Guard:
    """Call `body` in a sandboxed fork of this process, with everything it has imported.

    This process must have a single thread, and a running process must be able to enter the backend (`backend.forks`).
    Standard input, output, and error are this process's. Returns at once; `started` waits.
    """
    if not backend.forks:
        raise NotConfined(f"a running process cannot enter {backend.title}")
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # otherwise the child would write it again
    ours, theirs = socket.socketpair()
    supervisor = os.fork()
    if supervisor == 0:
        supervise(policy, backend, theirs, body=body, files=files)
    theirs.close()
    return Guard(ours, supervisor)


def discard(folder: str | os.PathLike[str]) -> None:
    """Remove a folder that a submission has written to, however deep it is and whatever its permissions are."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder):
        for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            subprocess.run([*command, "--", os.fspath(folder)], capture_output=True, check=False)
