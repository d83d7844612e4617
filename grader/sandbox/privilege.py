"""What a process gives up before a submission runs in it: its user, privileges, open files, and unlimited resources."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from collections.abc import Collection, Iterable
from pathlib import Path

from grader.sandbox import libc
from grader.sandbox.policy import Policy
from grader.sandbox.processes import threads_of_user

CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_KILL, CAP_SETGID, CAP_SETUID = (
    1 << n for n in (0, 1, 2, 5, 6, 7)
)
TO_KEEP_ANOTHER_USER = CAP_CHOWN | CAP_DAC_OVERRIDE | CAP_KILL | CAP_SETGID | CAP_SETUID
SPARE_USERS = 0x70000000
"""By systemd's convention, user IDs above this are not assigned, and no process has one."""


def spare_user(pid: int, paths: Iterable[str]) -> int | None:
    """An unused user ID for one submission, or None if this process may not switch users (in short: is not root).

    Such a user owns nothing else and must be able to read `paths`. The kernel's limit on the number of processes, from
    which root is exempt, then applies to this submission alone.
    """
    if os.geteuid() != 0 or ~libc.capabilities() & TO_KEEP_ANOTHER_USER:
        return None
    if not libc.capabilities() & CAP_DAC_READ_SEARCH and not all(map(_readable_by_all, paths)):
        return None
    ranges = [[int(word) for word in line.split()] for line in Path("/proc/self/uid_map").read_text().splitlines()]
    for user in (SPARE_USERS + pid, 40_000 + pid % 20_000):  # the second is for containers with few user IDs
        if any(first <= user < first + count for first, _, count in ranges):
            return user
    return None


def hand_over(folder: str, user: int) -> None:
    """Make the submission's user the owner of a folder and everything in it. Links are not followed."""
    os.chown(folder, user, user)
    waiting = [folder]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                os.chown(entry.path, user, user, follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def become(user: int | None, paths: Iterable[str]) -> None:
    """Give up all privileges and switch to `user`, if given. Raises OSError.

    If `paths` are in folders closed to other users, the capability to read everything remains, and only Landlock
    decides what may be read.
    """
    kept = CAP_DAC_READ_SEARCH if user is not None and not all(map(_readable_by_all, paths)) else 0
    if user is not None:
        libc.prctl(libc.PR_SET_KEEPCAPS, 1)
        if kept:  # without this, os.access ignores the capability
            with contextlib.suppress(PermissionError):
                libc.prctl(libc.PR_SET_SECUREBITS, libc.SECBIT_NO_SETUID_FIXUP)
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    with contextlib.suppress(OSError):
        libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_CLEAR_ALL)
    libc.capset(kept)
    if kept:
        libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_RAISE, kept.bit_length() - 1)
    if user is not None:  # switching users hides /proc/PID from the process and its supervisor
        libc.prctl(libc.PR_SET_DUMPABLE, 1)


def _readable_by_all(path: str) -> bool:
    real = Path(os.path.realpath(path))
    return all(folder.stat().st_mode & 0o001 for folder in real.parents) and bool(real.stat().st_mode & 0o004)


def limit_resources(policy: Policy, shares_user: bool) -> None:
    """Set the kernel's limits on each process. The supervisor enforces those on all processes together.

    Address space is not limited, as TensorFlow reserves several times what it uses.
    """
    stacks = 16 << 20  # for each thread in the libraries' pools; reserved more than used
    others = 4 * threads_of_user(os.getuid()) if shares_user else 0
    for name, value in (
        ("DATA", policy.memory + (1 << 30) + stacks * (os.cpu_count() or 1)),
        ("FSIZE", policy.file_size),
        ("NOFILE", policy.open_files),
        ("NPROC", policy.threads + others),
        ("CPU", int(policy.cpu_seconds) + 5),
        ("CORE", 0),
        ("MEMLOCK", 1 << 20),
        ("MSGQUEUE", 0),
        ("RTPRIO", 0),
    ):
        _set(getattr(resource, f"RLIMIT_{name}", None), value)
    with contextlib.suppress(OSError):  # if the machine runs out of memory, this process is killed first
        Path("/proc/self/oom_score_adj").write_text("1000")


def _set(limit: int | None, value: int) -> None:
    if limit is None:  # not every system has every limit
        return
    hard = resource.getrlimit(limit)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


def close_files(kept: Collection[int] = ()) -> None:
    """Close all open files except standard input, output, and error, and those in `kept`."""
    opened = os.listdir("/proc/self/fd" if os.path.exists("/proc/self/fd") else "/dev/fd")
    for number in {int(name) for name in opened} - {0, 1, 2, *kept}:
        with contextlib.suppress(OSError):  # the descriptor that the list was read from
            os.close(number)


def die_with(parent: int) -> None:
    """End this process when `parent` ends, at once if it already has."""
    with contextlib.suppress(OSError):
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
