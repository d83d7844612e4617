"""The process above one submission: starts it, watches what it uses, and leaves none of its processes behind.

It is the submission's parent and adopts the processes that the submission orphans, so none of them escapes. It talks to
the grader over a socket, in lines of JSON; when the other end closes, it ends the submission.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict
from typing import Any, NoReturn

from grader.sandbox import backends, libc, privilege, processes
from grader.sandbox.backends import Backend
from grader.sandbox.exit_status import DISK, EXIT, LEFT, MEMORY, PROCESSES, SIGNAL, TIME, Usage
from grader.sandbox.policy import Policy
from grader.sandbox.processes import Process

TICK = 0.1
"""Seconds between two checks of memory, time, and processes."""
TICKS_PER_DISK_CHECK = 5
END_SECONDS = 30
"""How long the kernel may take to end killed processes, some of which may be waiting for a disk."""


def main() -> NoReturn:
    """Supervise a program, as a process of its own. The argument is the number of the socket that brings the rest."""
    control = socket.socket(fileno=int(sys.argv[1]))
    job = json.loads(control.makefile("rb").readline())
    policy, backend = Policy.from_json(job["policy"]), backends.from_data(job["backend"])
    supervise(policy, backend, control, program=job["argv"], files=job["files"])


def supervise(
    policy: Policy,
    backend: Backend,
    control: socket.socket,
    *,
    program: Sequence[str] = (),
    body: Callable[[], object] | None = None,
    files: Collection[int] = (),
) -> NoReturn:
    """Make this newly forked process the supervisor of a confined child that executes `program` or calls `body`.

    The child inherits standard input, output, and error and the open `files`; all other files are closed.
    """
    try:
        Supervisor(policy, backend, control).run(program, body, files)
    except Exception as error:
        with contextlib.suppress(OSError):
            control.sendall(_line(failed=f"{type(error).__name__}: {error}{_location(error)}"))
    finally:
        os._exit(1)


def _location(error: Exception) -> str:
    """Where an error was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f", {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""


def _line(**message: Any) -> bytes:
    return json.dumps(message).encode() + b"\n"


class Supervisor:
    """Runs one submission from its start to its end."""

    def __init__(self, policy: Policy, backend: Backend, control: socket.socket):
        self.policy, self.backend, self.control = policy, backend, control
        self.name = f"grader-{os.getpid()}-{os.urandom(4).hex()}"
        self.user = privilege.spare_user(os.getpid(), policy.paths) if backend.changes_user else None
        self.child = 0
        self.status: int | None = None
        self.usage = Usage()
        self.received = b""
        self.first_process = 0
        self.oom_kills = _oom_kills()

    def run(self, program: Sequence[str], body: Callable[[], object] | None, files: Collection[int]) -> NoReturn:
        self._prepare(files)
        self.started = time.monotonic()
        failure = self._start(program, body, files)
        if failure:
            self._end_all()
            self._send(failed=failure)
        else:
            self._send(started=self.child)
            try:
                why = self._watch()
            finally:
                self._end_all()
            self._send(ended=self._exit_status(why))
        os._exit(0)

    def _prepare(self, files: Collection[int]) -> None:
        gc.disable()  # a collection would copy every page that a warm process has imported
        with contextlib.suppress(OSError):
            os.setsid()
        privilege.close_files({self.control.fileno(), *files})
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        with contextlib.suppress(OSError, AttributeError):
            libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        with contextlib.suppress(OSError):  # an earlier run may have left something by that name
            os.mkdir(f"{self.policy.private}/.tmp")
        if os.geteuid() == 0:  # an earlier run in these folders had a different user
            for folder in filter(None, (self.policy.private, self.policy.sockets)):
                privilege.hand_over(folder, self.user or 0)

    def _start(self, program: Sequence[str], body: Callable[[], object] | None, files: Collection[int]) -> str:
        """Fork the child. Returns what kept it from starting, or an empty string."""
        reading, writing = os.pipe()
        supervisor = os.getpid()
        self.child = os.fork()
        if self.child == 0:
            self._run_child(program, body, files, writing, supervisor)
        os.close(writing)
        devnull = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2, *files):  # the reader at the other end waits until all writers have closed
            os.dup2(devnull, number)
        with open(reading, "rb") as pipe:
            return pipe.read().decode()

    def _run_child(
        self,
        program: Sequence[str],
        body: Callable[[], object] | None,
        files: Collection[int],
        pipe: int,
        supervisor: int,
    ) -> NoReturn:
        try:
            os.setsid()
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            privilege.close_files({pipe, *files})
            self.backend.confine(self.policy, self.user)
            privilege.die_with(supervisor)
            if body is None:
                os.chdir(self.policy.private)  # a container engine may leave files where it is started
                command = self.backend.command(program, self.policy, self.name, self.user)
                os.execvpe(command[0], command, self.backend.environment(self.policy))
        except BaseException as error:  # whatever it was, the error has to reach the grader
            os.write(pipe, f"{type(error).__name__}: {error}".encode())
            os._exit(1)
        os.close(pipe)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # Python's defaults
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        _run_body(body)

    def _watch(self) -> str:
        """Wait until the submission ends or has to be ended. Returns the reason, empty if it just ended."""
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        with contextlib.suppress(OSError, AttributeError):
            poll.register(os.pidfd_open(self.child), select.POLLIN)
        tick = 0
        next_look = time.monotonic()
        while True:
            left = next_look - time.monotonic()
            if left <= 0:
                tick += 1
                if why := self._exceeded_limit(check_disk=tick % TICKS_PER_DISK_CHECK == 0):
                    return why
                next_look = time.monotonic() + TICK
                left = TICK
            ready = [number for number, _ in poll.poll(left * 1000)]
            self._wait_for_children()
            if self.status is not None:
                return ""
            if self.control.fileno() in ready and (why := self._receive()):
                return why

    def _exceeded_limit(self, check_disk: bool) -> str:
        """Measure what all processes use together. Returns the limit that they exceed, or an empty string."""
        policy, usage = self.policy, self.usage
        tree = [*processes.descendants(os.getpid()), *self._container_processes(search=check_disk)]
        usage.seconds = time.monotonic() - self.started
        usage.cpu_seconds = max(usage.cpu_seconds, sum(p.cpu for p in tree) + _cpu_of_ended())
        usage.processes = max(usage.processes, len(tree))
        if len(tree) > policy.processes or sum(p.threads for p in tree) > policy.threads:
            return PROCESSES  # checked first: reading the memory of hundreds of processes would take a minute
        self._measure_memory(tree)
        if usage.memory > policy.memory:
            return MEMORY
        if usage.seconds > policy.wall_seconds or usage.cpu_seconds > policy.cpu_seconds:
            return TIME
        return self._measure_disk(tree) if check_disk else ""

    def _container_processes(self, search: bool) -> list[Process]:
        """The processes that a container engine has started, if it runs on this machine."""
        command = self.backend.first_process_command(self.name)
        if search and command and not self.first_process:
            with contextlib.suppress(OSError, ValueError, subprocess.TimeoutExpired):
                output = subprocess.run(command, capture_output=True, timeout=10).stdout.decode()
                number, word = output.split()
                with open(f"/proc/{int(number)}/cgroup") as file:
                    self.first_process = int(number) if word in file.read() else 0
        if not self.first_process or not (first := processes.read(self.first_process)):
            return []
        return [first, *processes.descendants(self.first_process)]

    def _measure_memory(self, tree: list[Process]) -> None:
        """Resident memory is cheap to read and never below the true share, which is read only above the limit."""
        memory = sum(process.resident for process in tree)
        if memory > self.policy.memory:
            with self._as_submission_user():
                memory = sum(processes.share_of_memory(process) for process in tree)
        self.usage.memory = memory
        self.usage.peak_memory = max(self.usage.peak_memory, memory)

    def _measure_disk(self, tree: list[Process]) -> str:
        policy = self.policy
        size, files = processes.size_of_folder(policy.private, policy.disk, policy.files)
        with self._as_submission_user():
            size += processes.size_of_deleted(tree, policy.private, policy.file_size)
            opened = processes.open_files(tree)
        self.usage.disk = max(self.usage.disk, size)
        if size > policy.disk or files > policy.files:
            return DISK
        # Pipes and sockets hold up to 0.4 MB each, which is counted for no process.
        return MEMORY if opened > 4 * policy.open_files else ""

    @contextlib.contextmanager
    def _as_submission_user(self) -> Iterator[None]:
        """Read /proc as the submission's user, which may see details that root in a container may not."""
        if self.user is None:
            yield
            return
        libc.set_filesystem_user(self.user, self.user)
        try:
            yield
        finally:
            libc.set_filesystem_user(os.geteuid(), os.getegid())

    def _receive(self) -> str:
        """Carry out the grader's requests. Returns why the submission is to end, or an empty string."""
        try:
            data = self.control.recv(1 << 12)
        except OSError:
            data = b""
        if not data:
            return LEFT
        *lines, self.received = (self.received + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "end" in message:
                return str(message["end"])
            if "signal" in message and self.status is None:
                os.kill(self.child, message["signal"])
            if "usage" in message:
                self._exceeded_limit(check_disk=True)
                self._send(usage=asdict(self.usage))
        return ""

    def _wait_for_children(self) -> bool:
        """Reap children that have ended. Returns whether any child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.child:
                self.status = status

    def _end_all(self) -> None:
        """End all processes. They are stopped first, so that none has the time to start another."""
        if self.backend.end_command(self.name):
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(self.backend.end_command(self.name), capture_output=True, timeout=30)
        deadline = time.monotonic() + END_SECONDS
        while self._wait_for_children() and time.monotonic() < deadline:
            _send_signal(signal.SIGSTOP, processes.descendants(os.getpid()))
            _send_signal(signal.SIGKILL, processes.descendants(os.getpid()))
            if not os.path.exists("/proc/self"):  # without /proc the others cannot be listed
                with contextlib.suppress(OSError):
                    os.killpg(self.child, signal.SIGKILL)
            time.sleep(0.002)

    def _exit_status(self, why: str) -> dict[str, Any]:
        self.usage.seconds = time.monotonic() - self.started
        self.usage.cpu_seconds = max(self.usage.cpu_seconds, _cpu_of_ended())
        code = os.waitstatus_to_exitcode(self.status or 0)
        number = -code if code < 0 else self.backend.signal_in(code)
        if not why:
            why = self._reason_for_signal(number) if number else EXIT
        return {"why": why, "code": max(code, 0), "signal": number, "usage": asdict(self.usage)}

    def _reason_for_signal(self, number: int) -> str:
        if number == signal.SIGXCPU:
            return TIME
        if number == signal.SIGKILL and _oom_kills() > self.oom_kills:
            return MEMORY
        return SIGNAL

    def _send(self, **message: Any) -> None:
        with contextlib.suppress(OSError):
            self.control.sendall(_line(**message))


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1, signal.SIGUSR2)


def _run_body(body: Callable[[], object]) -> NoReturn:
    code = 0
    try:
        body()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else bool(error.code)
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _send_signal(number: int, tree: list[Process]) -> None:
    for process in tree:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, number)


def _cpu_of_ended() -> float:
    """CPU seconds of all processes that have ended and been reaped."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _oom_kills() -> int:
    """How often the kernel has killed a process because the machine ran out of memory."""
    with contextlib.suppress(OSError), open("/proc/vmstat") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("oom_kill "))
    return 0
