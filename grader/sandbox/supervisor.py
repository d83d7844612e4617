"""The process that stands over one submission: it starts it, watches what it uses, and leaves nothing of it behind.

It is the submission's parent and adopts all that the submission leaves behind, so nothing escapes it. It talks with
the grader over a socket, in lines of JSON; when the other end closes, it ends the submission too.
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
"""Seconds between two looks at memory, time and processes."""
TICKS_PER_DISK_CHECK = 5
END_SECONDS = 30
"""How long the kernel may take to end processes that have been killed, some of which may be waiting for a disk."""


def main() -> NoReturn:
    """Supervise a program, in a process of its own: `… CONTROL`, the number of the socket; the rest comes over it."""
    control = socket.socket(fileno=int(sys.argv[1]))
    job = json.loads(control.makefile("rb").readline())
    policy, backend = Policy.from_json(job["policy"]), backends.from_data(job["backend"])
    keep(policy, backend, control, program=job["argv"], files=job["files"])


def keep(
    policy: Policy,
    backend: Backend,
    control: socket.socket,
    *,
    program: Sequence[str] = (),
    body: Callable[[], object] | None = None,
    files: Collection[int] = (),
) -> NoReturn:
    """Make this process, one just forked, the supervisor of a confined child, which executes `program` or calls `body`.

    The child inherits standard input, output and error and the open `files`; all others are closed.
    """
    try:
        Supervisor(policy, backend, control).run(program, body, files)
    except Exception as error:
        with contextlib.suppress(OSError):
            control.sendall(_line(failed=f"{type(error).__name__}: {error}{_place(error)}"))
    finally:
        os._exit(1)


def _place(error: Exception) -> str:
    """Where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f", {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""


def _line(**message: Any) -> bytes:
    return json.dumps(message).encode() + b"\n"


class Supervisor:
    """From the start of a submission to its end."""

    def __init__(self, policy: Policy, backend: Backend, control: socket.socket):
        self.policy, self.backend, self.control = policy, backend, control
        self.name = f"grader-{os.getpid()}-{os.urandom(4).hex()}"
        self.user = privilege.spare_user(os.getpid(), policy.places) if backend.changes_user else None
        self.child = 0
        self.status: int | None = None
        self.usage = Usage()
        self.received = b""
        self.first = 0
        self.ooms = _ooms()

    def run(self, program: Sequence[str], body: Callable[[], object] | None, files: Collection[int]) -> NoReturn:
        self._settle(files)
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
            self._send(ended=self._ending(why))
        os._exit(0)

    def _settle(self, files: Collection[int]) -> None:
        gc.disable()  # going through what a warm process has imported would copy all of it
        with contextlib.suppress(OSError):
            os.setsid()
        privilege.close_files({self.control.fileno(), *files})
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        with contextlib.suppress(OSError, AttributeError):
            libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        with contextlib.suppress(OSError):  # an earlier run may have left something else there
            os.mkdir(f"{self.policy.private}/.tmp")
        if os.geteuid() == 0:  # an earlier run in these folders had another user
            for folder in filter(None, (self.policy.private, self.policy.sockets)):
                privilege.hand_over(folder, self.user or 0)

    def _start(self, program: Sequence[str], body: Callable[[], object] | None, files: Collection[int]) -> str:
        """Fork the child. Returns what prevented it from starting, or nothing."""
        reading, writing = os.pipe()
        supervisor = os.getpid()
        self.child = os.fork()
        if self.child == 0:
            self._become(program, body, files, writing, supervisor)
        os.close(writing)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2, *files):  # whoever reads at the other end waits for all writers
            os.dup2(nowhere, number)
        with open(reading, "rb") as pipe:
            return pipe.read().decode()

    def _become(
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
                os.chdir(self.policy.private)  # an engine of containers may leave files where it is started
                command = self.backend.command(program, self.policy, self.name, self.user)
                os.execvpe(command[0], command, self.backend.environment(self.policy))
        except BaseException as error:  # whatever it was, the grader has to hear of it
            os.write(pipe, f"{type(error).__name__}: {error}".encode())
            os._exit(1)
        os.close(pipe)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # as Python has them
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        _call(body)

    def _watch(self) -> str:
        """Until the submission has ended, uses more than it may, or is to be ended; returns why."""
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
                if why := self._too_much(check_disk=tick % TICKS_PER_DISK_CHECK == 0):
                    return why
                next_look = time.monotonic() + TICK
                left = TICK
            ready = [number for number, _ in poll.poll(left * 1000)]
            self._wait_for_children()
            if self.status is not None:
                return ""
            if self.control.fileno() in ready and (why := self._receive()):
                return why

    def _too_much(self, check_disk: bool) -> str:
        """Look at what all processes together use. Returns what they use too much of, or nothing."""
        policy, usage = self.policy, self.usage
        tree = [*processes.descendants(os.getpid()), *self._elsewhere(look_for=check_disk)]
        usage.seconds = time.monotonic() - self.started
        usage.cpu_seconds = max(usage.cpu_seconds, sum(p.cpu for p in tree) + _cpu_of_ended())
        usage.processes = max(usage.processes, len(tree))
        if len(tree) > policy.processes or sum(p.threads for p in tree) > policy.threads:
            return PROCESSES  # first of all: the share of memory of hundreds of them would take a minute to learn
        self._measure_memory(tree)
        if usage.memory > policy.memory:
            return MEMORY
        if usage.seconds > policy.wall_seconds or usage.cpu_seconds > policy.cpu_seconds:
            return TIME
        return self._measure_disk(tree) if check_disk else ""

    def _elsewhere(self, look_for: bool) -> list[Process]:
        """Those that an engine of containers has started, when it does so on this machine."""
        command = self.backend.ask_for_first(self.name)
        if look_for and command and not self.first:
            with contextlib.suppress(OSError, ValueError, subprocess.TimeoutExpired):
                said = subprocess.run(command, capture_output=True, timeout=10).stdout.decode()
                number, word = said.split()
                with open(f"/proc/{int(number)}/cgroup") as file:
                    self.first = int(number) if word in file.read() else 0
        if not self.first or not (first := processes.read(self.first)):
            return []
        return [first, *processes.descendants(self.first)]

    def _measure_memory(self, tree: list[Process]) -> None:
        """What is resident is never less than the true share and much cheaper to learn: it is enough until it isn't."""
        memory = sum(process.resident for process in tree)
        if memory > self.policy.memory:
            with self._seeing():
                memory = sum(processes.share_of_memory(process) for process in tree)
        self.usage.memory = memory
        self.usage.peak_memory = max(self.usage.peak_memory, memory)

    def _measure_disk(self, tree: list[Process]) -> str:
        policy = self.policy
        size, files = processes.size_of_folder(policy.private, policy.disk, policy.files)
        with self._seeing():
            size += processes.size_of_deleted(tree, policy.private, policy.file_size)
            opened = processes.open_files(tree)
        self.usage.disk = max(self.usage.disk, size)
        if size > policy.disk or files > policy.files:
            return DISK
        # Pipes and sockets hold memory that is in no process's account, up to 0.4 MB each.
        return MEMORY if opened > 4 * policy.open_files else ""

    @contextlib.contextmanager
    def _seeing(self) -> Iterator[None]:
        """See the details of the submission's processes as its user does: root in a container may not always."""
        if self.user is None:
            yield
            return
        libc.look_as(self.user, self.user)
        try:
            yield
        finally:
            libc.look_as(os.geteuid(), os.getegid())

    def _receive(self) -> str:
        """Do what the grader asks. Returns why the submission is to end, if it is."""
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
                self._too_much(check_disk=True)
                self._send(usage=asdict(self.usage))
        return ""

    def _wait_for_children(self) -> bool:
        """Take leave of those that have ended. Returns whether there are others: then something is still running."""
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
        """Leave nothing running: all are halted first, so that none has the time to start another."""
        if self.backend.end_command(self.name):
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(self.backend.end_command(self.name), capture_output=True, timeout=30)
        deadline = time.monotonic() + END_SECONDS
        while self._wait_for_children() and time.monotonic() < deadline:
            _send_signal(signal.SIGSTOP, processes.descendants(os.getpid()))
            _send_signal(signal.SIGKILL, processes.descendants(os.getpid()))
            if not os.path.exists("/proc/self"):  # then there is nothing to find the others in
                with contextlib.suppress(OSError):
                    os.killpg(self.child, signal.SIGKILL)
            time.sleep(0.002)

    def _ending(self, why: str) -> dict[str, Any]:
        self.usage.seconds = time.monotonic() - self.started
        self.usage.cpu_seconds = max(self.usage.cpu_seconds, _cpu_of_ended())
        code = os.waitstatus_to_exitcode(self.status or 0)
        number = -code if code < 0 else self.backend.signal_in(code)
        if not why:
            why = self._why_signalled(number) if number else EXIT
        return {"why": why, "code": max(code, 0), "signal": number, "usage": asdict(self.usage)}

    def _why_signalled(self, number: int) -> str:
        if number == signal.SIGXCPU:
            return TIME
        if number == signal.SIGKILL and _ooms() > self.ooms:
            return MEMORY
        return SIGNAL

    def _send(self, **message: Any) -> None:
        with contextlib.suppress(OSError):
            self.control.sendall(_line(**message))


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1, signal.SIGUSR2)


def _call(body: Callable[[], object]) -> NoReturn:
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
    """CPU seconds of all processes that have ended and been waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _ooms() -> int:
    """How often the machine has run out of memory and killed a process."""
    with contextlib.suppress(OSError), open("/proc/vmstat") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("oom_kill "))
    return 0
