"""Enters the sandbox: permanently takes from the running process everything that a policy does not grant."""

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
    """The sandbox could not be entered; none of the submission was run."""


def enter(policy: Policy, user: int | None = None, abi: int | None = None, own_namespaces: bool = False) -> None:
    """Confine this process and everything it will start. This cannot be undone.

    `user` is an unused user ID to switch to. `abi` limits Landlock to what an older kernel has. `own_namespaces` says
    that the process already has its own PID and mount namespaces; only then may Landlock be missing.

    Raises NotConfined if the kernel cannot do it, or if this process has other threads, which would stay unconfined.
    """
    abi = landlock.abi() if abi is None else min(abi, landlock.abi())
    if not abi and not own_namespaces:
        raise NotConfined("this kernel has no Landlock, or it is switched off")
    if syscalls.architecture() is None:
        raise NotConfined("there is no system call filter for this processor architecture")
    if len(os.listdir("/proc/self/task")) > 1:
        raise NotConfined("the process has several threads, and only one of them would be confined")
    begin(policy)
    try:
        privilege.become(user, policy.paths)
        shares_user = user is None and not own_namespaces
        privilege.limit_resources(policy, shares_user)
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        if abi:
            landlock.restrict(_rules(policy, own_namespaces), abi)
        seccomp.install(seccomp.assemble(seccomp.refusals(abi, os.getpid(), shares_user)))
    except OSError as error:
        raise NotConfined(str(error)) from None


def begin(policy: Policy) -> None:
    """Switch to the submission's folder and environment."""
    os.umask(0o077)
    os.chdir(policy.private)
    os.environ.clear()
    os.environ.update(policy.environment)
    if tempfile := sys.modules.get("tempfile"):
        tempfile.tempdir = None  # type: ignore[attr-defined]  # otherwise it keeps the folder found before


def _rules(policy: Policy, own_namespaces: bool) -> Iterator[tuple[str, Access]]:
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
    if own_namespaces:  # these are the submission's own
        yield from (("/proc", Access.READ), ("/dev/shm", Access.WRITE), ("/tmp", Access.WRITE))
        yield from (("/dev/pts", Access.DEVICE), ("/dev/ptmx", Access.DEVICE))
    else:
        yield f"/proc/{os.getpid()}", Access.READ
        yield from ((f"/proc/{name}", Access.READ) for name in PROC)


def main() -> None:
    """`python -c … POLICY PROGRAM ARGUMENT…`: confine this process, which has namespaces of its own, and run it."""
    _execute(Policy.from_json(sys.argv[1]))


def main_in_image() -> None:
    """The same in a container, where the paths of the runtime are the image's and not those in the policy."""
    _execute(replace(Policy.from_json(sys.argv[1]), runtime=runtime()))


def _execute(policy: Policy) -> None:
    enter(policy, own_namespaces=True)
    os.execvpe(sys.argv[2], sys.argv[2:], policy.environment)
