"""Attempts to read, signal, or change processes outside the sandbox, here called the grader."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import resource
import struct
from pathlib import Path

from grader.sandbox.attempts.base import PROCESSES, Targets, attempt, call, require


@attempt(PROCESSES, "send a signal to the grader")
def send_signal(targets: Targets) -> None:
    os.kill(targets.pid, 0)


@attempt(PROCESSES, "queue a signal to the grader")
def queue_signal(targets: Targets) -> None:
    call("rt_sigqueueinfo", targets.pid, 0, struct.pack("iii", 0, 0, -1) + bytes(128))


@attempt(PROCESSES, "make the kernel signal the grader")
def signal_by_kernel(targets: Targets) -> None:
    reading, _ = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, targets.pid)


@attempt(PROCESSES, "signal all processes")
def signal_all(targets: Targets) -> None:
    os.kill(-1, 0)
    os.kill(targets.pid, 0)  # in its own PID namespace, only its own processes are signaled


@attempt(PROCESSES, "trace the grader")
def trace(targets: Targets) -> None:
    seize = 0x4206
    call("ptrace", seize, targets.pid, 0, 0)


@attempt(PROCESSES, "read the grader's memory")
def read_memory(targets: Targets) -> object:
    address = int(Path(f"/proc/{targets.pid}/maps").read_text().split("-")[0], 16)
    with open(f"/proc/{targets.pid}/mem", "rb") as file:
        file.seek(address)
        return file.read(1)


@attempt(PROCESSES, "read the grader's memory with one call")
def read_memory_by_call(targets: Targets) -> None:
    ours, unmapped = ctypes.create_string_buffer(8), 8
    local, remote = (struct.pack("QQ", address, 8) for address in (ctypes.addressof(ours), unmapped))
    try:
        call("process_vm_readv", targets.pid, local, 1, remote, 1, 0)
    except OSError as error:
        if error.errno != errno.EFAULT:  # nothing is at that address, but the kernel looked
            raise


@attempt(PROCESSES, "read the grader's environment")
def read_environment(targets: Targets) -> object:
    return Path(f"/proc/{targets.pid}/environ").read_bytes()


@attempt(PROCESSES, "read the grader's command line")
def read_command_line(targets: Targets) -> object:
    return Path(f"/proc/{targets.pid}/cmdline").read_bytes()


@attempt(PROCESSES, "copy an open file of the grader")
def take_open_file(targets: Targets) -> object:
    return call("pidfd_getfd", call("pidfd_open", targets.pid, 0), 0, 0)


@attempt(PROCESSES, "reopen an open file of the grader")
def open_open_file(targets: Targets) -> object:
    return os.stat(f"/proc/{targets.pid}/fd/0")


@attempt(PROCESSES, "change the grader's limits")
def change_limits(targets: Targets) -> None:
    resource.prlimit(targets.pid, resource.RLIMIT_CORE)


@attempt(PROCESSES, "change the grader's priority")
def change_priority(targets: Targets) -> None:
    os.setpriority(os.PRIO_PROCESS, targets.pid, os.getpriority(os.PRIO_PROCESS, targets.pid))


@attempt(PROCESSES, "change the priority of all the user's processes")
def change_priorities(targets: Targets) -> None:
    nobody_here = 0x6FFFFFFF
    with contextlib.suppress(ProcessLookupError):  # it is permitted, but that user has no process
        os.setpriority(os.PRIO_USER, nobody_here, 0)


@attempt(PROCESSES, "move the grader to one processor")
def move(targets: Targets) -> None:
    before = os.sched_getaffinity(targets.pid)
    os.sched_setaffinity(targets.pid, [min(before)])
    require(len(before) == 1 or os.sched_getaffinity(targets.pid) != before)


@attempt(PROCESSES, "System V shared memory")
def shared_memory(targets: Targets) -> object:
    private, create = 0, 0o1600
    number = call("shmget", private, 4096, create)
    return call("shmctl", number, 0, None)
