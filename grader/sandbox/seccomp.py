"""Which system calls a submission may make: a seccomp filter, assembled here, for what Landlock doesn't see.

A call is refused with an error that the libraries at hand take calmly: libzmq aborts when a socket of a family that
it tries fails with EPERM, and when it may not set its threads' priority; glibc uses `clone` where there is no `clone3`.
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
"""Administration of the machine, and parts of the kernel known for their holes."""

OTHERS = (
    *("kcmp", "migrate_pages", "move_pages", "pidfd_getfd", "pidfd_open", "pidfd_send_signal", "process_madvise"),
    *("process_mrelease", "process_vm_readv", "process_vm_writev", "ptrace", "rt_tgsigqueueinfo"),
)
"""What one process does to another."""

SHARED = (
    *("mq_open", "mq_unlink", "msgctl", "msgget", "msgrcv", "msgsnd", "semctl", "semget", "semop", "semtimedop"),
    *("shmat", "shmctl", "shmget"),
)
"""System V and POSIX objects that all processes of a user share."""

UNCOUNTED = ("memfd_create", "memfd_secret", "sendmmsg", "sendmsg")
"""Memory that belongs to no process; and messages, which can carry an open file that belongs to nobody meanwhile."""

METADATA = (
    *("chmod", "chown", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "fremovexattr", "fsetxattr"),
    *("futimesat", "lchown", "lremovexattr", "lsetxattr", "removexattr", "setxattr", "utime", "utimensat", "utimes"),
)
"""Landlock lets them pass everywhere. They do nothing and say nothing, so that `shutil.copy` and `zipfile` work."""

SCHEDULING = ("sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler")
WATCHING = ("fanotify_init", "inotify_init", "inotify_init1")
"""They would tell the names of files that come and go in folders that can't be listed."""
ABSENT = ("clone3", "io_uring_enter", "io_uring_register", "io_uring_setup", "openat2")
"""As if the kernel were older: their arguments lie in memory, where a filter can't look."""


@dataclass(frozen=True)
class When:
    """A condition on an argument: of its bits in `mask`, `are` is what they are, or (`but`) are not."""

    argument: int
    are: int
    mask: int = 0xFFFFFFFF
    but: bool = False


def other_than(argument: int, value: int) -> When:
    return When(argument, value, but=True)


@dataclass(frozen=True)
class Refusal:
    """A call that ends with an error (0: seems to succeed) when all conditions are met."""

    call: str
    error: int
    conditions: tuple[When, ...] = ()


def refusals(abi: int, pid: int, among_others: bool) -> Iterator[Refusal]:
    """All that a submission may not do on a kernel with Landlock's `abi`; the first that fits counts.

    `pid` is the submission's own; `among_others` says that it sees and may signal other processes of its user.
    """
    yield from _sockets()
    for names, error in (
        (KERNEL + OTHERS, errno.EPERM),
        (SHARED + UNCOUNTED, errno.EACCES),
        (METADATA, SEEMS_TO_SUCCEED),
        (WATCHING + ABSENT, errno.ENOSYS),
    ):
        yield from (Refusal(name, error) for name in names)
    yield from _on_others_by_number()
    yield Refusal("clone", errno.EPERM, (When(0, 0, CLONE_NEW, but=True),))
    # A thread with open files of its own would keep them from being counted.
    yield Refusal("clone", errno.EPERM, (When(0, CLONE_THREAD, CLONE_THREAD), When(0, 0, CLONE_FILES)))
    # A shared page that was given back with madvise is in no process's account any more.
    yield Refusal("mmap", errno.EPERM, (When(3, MAP_SHARED, MAP_SHARED), When(3, MAP_ANONYMOUS, MAP_ANONYMOUS)))
    if abi < 3:
        yield from _truncation()
    if abi < 6 and among_others:
        yield from _signals(pid)


def _sockets() -> Iterator[Refusal]:
    """Unix stream sockets may be made, bound and listened to; where, is Landlock's business. None is connected."""
    yield Refusal("socket", errno.EOPNOTSUPP, (When(0, AF_NETLINK),))
    yield Refusal("socket", errno.EAFNOSUPPORT, (other_than(0, AF_UNIX),))
    for call in ("socket", "socketpair"):  # a datagram needs no connection
        yield Refusal(call, errno.EACCES, (When(1, SOCK_STREAM, 0xF, but=True),))
    yield Refusal("connect", errno.EACCES)


def _on_others_by_number() -> Iterator[Refusal]:
    for call in SCHEDULING:
        yield Refusal(call, SEEMS_TO_SUCCEED, (other_than(0, 0),))
    yield Refusal("prlimit64", errno.EPERM, (other_than(0, 0),))
    for call, who_user in (("setpriority", PRIO_USER), ("ioprio_set", IOPRIO_WHO_USER)):
        yield Refusal(call, errno.EPERM, (When(0, who_user),))
        yield Refusal(call, errno.EPERM, (other_than(1, 0),))
    for command in (fcntl.F_SETOWN, F_SETSIG, F_SETOWN_EX):  # the kernel signals in one's stead
        yield Refusal("fcntl", errno.EPERM, (When(1, command),))
    for request in (FIOSETOWN, SIOCSPGRP, TIOCSTI, TIOCLINUX, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR):
        yield Refusal("ioctl", errno.EPERM, (When(1, request),))


def _truncation() -> Iterator[Refusal]:
    """Landlock sees it from ABI 3 on; before, a file opened for reading could be emptied."""
    yield Refusal("truncate", errno.EACCES)
    for call, flags in (("open", 1), ("openat", 2)):
        conditions = (When(flags, os.O_TRUNC, os.O_TRUNC), When(flags, os.O_RDONLY, os.O_ACCMODE))
        yield Refusal(call, errno.EACCES, conditions)


def _signals(pid: int) -> Iterator[Refusal]:
    """Landlock keeps signals inside from ABI 6 on; before, a process may signal itself and its own group alone."""
    for call in ("kill", "tgkill", "tkill", "rt_sigqueueinfo"):
        yield Refusal(call, errno.EPERM, (other_than(0, pid), other_than(0, 0)))


# The filter is a program for the kernel's packet filter: one instruction loads, compares or returns.
LOAD, EQUAL, GREATER, AND, RETURN = 0x20, 0x15, 0x25, 0x54, 0x06
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16
X32 = 0x40000000


def assemble(refused: Iterable[Refusal]) -> bytes:
    """The filter's program. A call of another architecture's table ends the process: its numbers mean others."""
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
    """Each refusal starts from the call's number, so that none depends on another; a miss jumps behind its end."""
    tests = [([(LOAD, NUMBER_AT)], number, False)]
    for when in refusal.conditions:
        # Arguments have 64 bits; of all that are looked at here the kernel itself reads the lower 32.
        load = [(LOAD, ARGUMENTS_AT + 8 * when.argument), (AND, when.mask)]
        tests.append((load, when.are & when.mask, when.but))
    length = sum(len(load) + 1 for load, *_ in tests) + 1
    lines: list[bytes] = []
    for load, value, but in tests:
        lines += [_line(*step) for step in load]
        miss = length - len(lines) - 1
        lines.append(_line(EQUAL, value, *((miss, 0) if but else (0, miss))))
    return [*lines, _line(RETURN, ERRNO | refusal.error)]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value & 0xFFFFFFFF)


def install(program: bytes) -> None:
    """Put this process, and all that it will start, under the filter for good. Raises OSError."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))

    filter_ = Program(len(program) // 8, program)
    libc.prctl(libc.PR_SET_SECCOMP, libc.SECCOMP_MODE_FILTER, ctypes.addressof(filter_))
