"""The way into the sandbox: takes away from the running process, for good, all that a policy doesn't grant."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace

from grader.sandbox import landlock, libc, privilege, seccomp, syscalls
from grader.sandbox.landlock import Access
from grader.sandbox.policy import Policy
from grader.sandbox.runtime import PROC, runtime


class NotConfined(RuntimeError):
    """The sandbox could not be entered; nothing of the submission was run."""


def enter(policy: Policy, user: int | None = None, abi: int | None = None, alone: bool = False) -> None:
    """Confine this process and all that it will start. It can't be undone.

    `user` is a spare one to become. `abi` makes do with an older kernel's Landlock. `alone` says that the process
    already has a PID and a mount namespace of its own; only then may Landlock be missing.

    Raises NotConfined where the kernel can't, or where this process has more threads than one: they would stay free.
    """
    abi = landlock.abi() if abi is None else min(abi, landlock.abi())
    if not abi and not alone:
        raise NotConfined("this kernel has no Landlock, or it is switched off")
    if syscalls.architecture() is None:
        raise NotConfined("there is no system call filter for this kind of processor")
    if len(os.listdir("/proc/self/task")) > 1:
        raise NotConfined("the process has several threads, and only one of them would be confined")
    begin(policy)
    try:
        privilege.become(user, policy.places)
        among_others = user is None and not alone
        privilege.bound(policy, among_others)
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        if abi:
            landlock.restrict(_places(policy, alone), abi)
        seccomp.install(seccomp.assemble(seccomp.refusals(abi, os.getpid(), among_others)))
    except OSError as error:
        raise NotConfined(str(error)) from None


def begin(policy: Policy) -> None:
    """Start where the submission starts: in its folder, with its environment."""
    os.umask(0o077)
    os.chdir(policy.private)
    os.environ.clear()
    os.environ.update(policy.environment)
    if tempfile := sys.modules.get("tempfile"):
        tempfile.tempdir = None  # type: ignore[attr-defined]  # else it stays what it was before


def _places(policy: Policy, alone: bool) -> Iterator[tuple[str, Access]]:
    for path in (*policy.runtime.reads, *policy.readable):
        yield path, Access.RUN
    for path in policy.runtime.lists:
        yield path, Access.LIST
    yield policy.private, Access.WRITE
    if policy.sockets:
        yield policy.sockets, Access.SOCKETS
    yield "/dev/null", Access.DEVICE
    for name in ("full", "random", "urandom"):
        yield f"/dev/{name}", Access.READ
    for path in policy.devices:
        yield path, Access.DEVICE
    if alone:  # all of it is the submission's own
        yield from (("/proc", Access.READ), ("/dev/shm", Access.WRITE), ("/tmp", Access.WRITE))
        yield from (("/dev/pts", Access.DEVICE), ("/dev/ptmx", Access.DEVICE))
    else:
        yield f"/proc/{os.getpid()}", Access.READ
        yield from ((f"/proc/{name}", Access.READ) for name in PROC)


def main() -> None:
    """`python -c … POLICY PROGRAM ARGUMENT…`: enter, and become the program. For a process that is alone."""
    _become(Policy.from_json(sys.argv[1]))


def main_in_image() -> None:
    """The same where the files are not those that the policy was made for: the runtime is the image's."""
    _become(replace(Policy.from_json(sys.argv[1]), runtime=runtime()))


def _become(policy: Policy) -> None:
    enter(policy, alone=True)
    os.execvpe(sys.argv[2], sys.argv[2:], policy.environment)
