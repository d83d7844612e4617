"""Restricts which system calls a submission may make, with a seccomp filter, for what Landlock does not cover.

Written by hand because libseccomp would be one more system library on every grading machine and in every image. A
filter is a list of comparisons and jumps; the tests interpret it for each architecture.

Each call is refused with an error that common libraries handle: libzmq aborts if creating a socket of an unsupported
family fails with EPERM or if it cannot set the priority of its threads; glibc falls back from `clone3` to `clone`.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader.sandbox import libc, syscalls

AF_UNIX, AF_NETLINK, SOCK_STREAM = 1, 16, 1
CLONE_NEW = 0x7E020000 | 0x80  # user, PID, mount, network, IPC, UTS, cgroup and time namespaces
CLONE_FILES, CLONE_THREAD = 0x400, 0x10000
MAP_SHARED, MAP_ANONYMOUS = 0x01, 0x20
PRIO_USER, IOPRIO_WHO_USER = 2, 3
F_SETSIG, F_SETOWN_EX = 10, 15
FIOSETOWN, SIOCSPGRP, TIOCSTI, TIOCLINUX, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR = (
    *(0x8901, 0x8902, 0x5412, 0x541C),
    *(0x40086602, 0x401C5820),
)
SEEMS_TO_SUCCEED = 0

KERNEL = (
    *("acct", "add_key", "adjtimex", "bpf", "chroot", "clock_adjtime", "clock_settime", "delete_module"),
    *("finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "init_module", "ioperm", "iopl", "kexec_file_load"),
    *("kexec_load", "keyctl", "lookup_dcookie", "modify_ldt", "mount", "mount_setattr", "move_mount", "nfsservctl"),
    *("open_by_handle_at", "name_to_handle_at", "open_tree", "perf_event_open", "personality", "pivot_root"),
    *("quotactl", "quotactl_fd", "reboot", "request_key", "setdomainname", "sethostname", "setns", "settimeofday"),
    *("swapoff", "swapon", "syslog", "umount2", "unshare", "uselib", "userfaultfd", "ustat", "vhangup"),
)
"""Administration of the machine, and parts of the kernel with a history of vulnerabilities."""

OTHER_PROCESSES = (
    *("kcmp", "migrate_pages", "move_pages", "pidfd_getfd", "pidfd_open", "pidfd_send_signal", "process_madvise"),
    *("process_mrelease", "process_vm_readv", "process_vm_writev", "ptrace", "rt_tgsigqueueinfo"),
)
"""Calls by which one process acts on another."""

SHARED = (
    *("mq_open", "mq_unlink", "msgctl", "msgget", "msgrcv", "msgsnd", "semctl", "semget", "semop", "semtimedop"),
    *("shmat", "shmctl", "shmget"),
)
"""System V and POSIX objects that all processes of a user share."""

UNCOUNTED = ("memfd_create", "memfd_secret", "sendmmsg", "sendmsg")
"""Memory that is counted for no process; and messages, which can carry open files that are counted for none."""

METADATA = (
    *("chmod", "chown", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "fremovexattr", "fsetxattr"),
    *("futimesat", "lchown", "lremovexattr", "lsetxattr", "removexattr", "setxattr", "utime", "utimensat", "utimes"),
)
"""Landlock does not restrict them. They report success and do nothing, so that `shutil.copy` and `zipfile` work."""

SCHEDULING = ("sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler")
WATCHING = ("fanotify_init", "inotify_init", "inotify_init1")
"""They would reveal the names of files created and removed in folders that cannot be listed."""
ABSENT = ("clone3", "io_uring_enter", "io_uring_register", "io_uring_setup", "openat2")
"""Reported as unknown to the kernel: their arguments are in memory, which a filter cannot read."""


@dataclass(frozen=True)
class Condition:
    """The bits of an argument selected by `mask` equal `value` or, if `negated`, do not."""

    argument: int
    value: int
    mask: int = 0xFFFFFFFF
    negated: bool = False


def not_equal(argument: int, value: int) -> Condition:
    return Condition(argument, value, negated=True)


@dataclass(frozen=True)
class Refusal:
    """A system call that returns an error (0: pretends to succeed) if all conditions are met."""

    call: str
    error: int
    conditions: tuple[Condition, ...] = ()


def refusals(abi: int, pid: int, shares_user: bool) -> Iterator[Refusal]:
    """Everything a submission may not do on a kernel with Landlock's `abi`. The first match counts.

    `pid` is the submission's own. `shares_user` says that other processes of its user are within its reach.
    """
    yield from _sockets()
    for names, error in (
        (KERNEL + OTHER_PROCESSES, errno.EPERM),
        (SHARED + UNCOUNTED, errno.EACCES),
        (METADATA, SEEMS_TO_SUCCEED),
        (WATCHING + ABSENT, errno.ENOSYS),
    ):
        yield from (Refusal(name, error) for name in names)
    yield from _on_other_processes()
    yield Refusal("clone", errno.EPERM, (Condition(0, 0, CLONE_NEW, negated=True),))
    # The open files of a thread with a table of its own would not be counted.
    yield Refusal("clone", errno.EPERM, (Condition(0, CLONE_THREAD, CLONE_THREAD), Condition(0, 0, CLONE_FILES)))
    # A shared page that was released with madvise is no longer counted for any process.
    yield Refusal(
        "mmap", errno.EPERM, (Condition(3, MAP_SHARED, MAP_SHARED), Condition(3, MAP_ANONYMOUS, MAP_ANONYMOUS))
    )
    if abi < 3:
        yield from _truncation()
    if abi < 6 and shares_user:
        yield from _signals(pid)


def _sockets() -> Iterator[Refusal]:
    """Unix stream sockets may be created, bound, and listened on, where Landlock allows; none may be connected."""
    yield Refusal("socket", errno.EOPNOTSUPP, (Condition(0, AF_NETLINK),))
    yield Refusal("socket", errno.EAFNOSUPPORT, (not_equal(0, AF_UNIX),))
    for call in ("socket", "socketpair"):  # a datagram can be sent without a connection
        yield Refusal(call, errno.EACCES, (Condition(1, SOCK_STREAM, 0xF, negated=True),))
    yield Refusal("connect", errno.EACCES)


def _on_other_processes() -> Iterator[Refusal]:
    for call in SCHEDULING:
        yield Refusal(call, SEEMS_TO_SUCCEED, (not_equal(0, 0),))
    yield Refusal("prlimit64", errno.EPERM, (not_equal(0, 0),))
    for call, who_user in (("setpriority", PRIO_USER), ("ioprio_set", IOPRIO_WHO_USER)):
        yield Refusal(call, errno.EPERM, (Condition(0, who_user),))
        yield Refusal(call, errno.EPERM, (not_equal(1, 0),))
    for command in (fcntl.F_SETOWN, F_SETSIG, F_SETOWN_EX):  # these make the kernel send signals
        yield Refusal("fcntl", errno.EPERM, (Condition(1, command),))
    for request in (FIOSETOWN, SIOCSPGRP, TIOCSTI, TIOCLINUX, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR):
        yield Refusal("ioctl", errno.EPERM, (Condition(1, request),))


def _truncation() -> Iterator[Refusal]:
    """Landlock covers truncation from ABI 3 on; before that, a file opened for reading could be emptied."""
    yield Refusal("truncate", errno.EACCES)
    for call, flags in (("open", 1), ("openat", 2)):
        conditions = (Condition(flags, os.O_TRUNC, os.O_TRUNC), Condition(flags, os.O_RDONLY, os.O_ACCMODE))
        yield Refusal(call, errno.EACCES, conditions)


def _signals(pid: int) -> Iterator[Refusal]:
    """Landlock covers signals from ABI 6 on; before that, a process may signal only itself and its own group."""
    for call in ("kill", "tgkill", "tkill", "rt_sigqueueinfo"):
        yield Refusal(call, errno.EPERM, (not_equal(0, pid), not_equal(0, 0)))


# The filter is a classic BPF program, whose instructions load, compare, or return.
LOAD, EQUAL, GREATER, AND, RETURN = 0x20, 0x15, 0x25, 0x54, 0x06
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16
X32 = 0x40000000


def assemble(refused: Iterable[Refusal]) -> bytes:
    """The filter as a program. A call through another architecture's table, where numbers differ, ends the process."""
    lines = [
        _line(LOAD, ARCHITECTURE_AT),
        _line(EQUAL, syscalls.architecture() or 0, if_true=1),
        _line(RETURN, KILL_PROCESS),
        _line(LOAD, NUMBER_AT),
        _line(GREATER, X32 - 1, if_false=1),
        _line(RETURN, KILL_PROCESS),
        _line(GREATER, syscalls.LAST, if_false=1),
        _line(RETURN, ERRNO | errno.ENOSYS),
    ]
    for refusal in refused:
        number = syscalls.number(refusal.call)
        if number is not None:
            lines += _refuse(number, refusal)
    return b"".join((*lines, _line(RETURN, ALLOW)))


def _refuse(number: int, refusal: Refusal) -> list[bytes]:
    """The instructions of one refusal: they load the call's number themselves, and a mismatch jumps past their end."""
    tests = [([(LOAD, NUMBER_AT)], number, False)]
    for condition in refusal.conditions:
        # Arguments have 64 bits; of those examined here, the kernel itself reads only the lower 32.
        load = [(LOAD, ARGUMENTS_AT + 8 * condition.argument), (AND, condition.mask)]
        tests.append((load, condition.value & condition.mask, condition.negated))
    length = sum(len(load) + 1 for load, *_ in tests) + 1
    lines: list[bytes] = []
    for load, value, negated in tests:
        lines += [_line(*step) for step in load]
        miss = length - len(lines) - 1
        lines.append(_line(EQUAL, value, *((miss, 0) if negated else (0, miss))))
    return [*lines, _line(RETURN, ERRNO | refusal.error)]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value & 0xFFFFFFFF)


def install(program: bytes) -> None:
    """Permanently apply the filter to this process and everything it will start. Raises OSError."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))

    filter_ = Program(len(program) // 8, program)
    libc.prctl(libc.PR_SET_SECCOMP, libc.SECCOMP_MODE_FILTER, ctypes.addressof(filter_))
