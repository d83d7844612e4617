"""Landlock and seccomp: the process confines itself, with no helper program and no privilege."""

from __future__ import annotations

from dataclasses import dataclass

from grader.sandbox import confine, landlock
from grader.sandbox.backends.base import Backend, backend
from grader.sandbox.policy import Policy


@backend("landlock", preference=1)
@dataclass(frozen=True)
class Landlock(Backend):
    title = "Landlock + seccomp"
    remedy = "grade on Linux 5.13 or later with Landlock switched on (it is in Debian 12, Ubuntu 22.04, and Fedora)"
    forks = changes_user = True
    abi: int | None = None
    """Use no more of Landlock than a kernel with this ABI version has."""

    def missing(self) -> str:
        return "" if landlock.abi() else "the kernel has no Landlock (Linux 5.13 or later), or it is switched off"

    def confine(self, policy: Policy, user: int | None) -> None:
        confine.enter(policy, user, self.abi)
