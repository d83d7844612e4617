"""Bubblewrap: the submission gets namespaces of its own and, inside them, Landlock and seccomp."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from grader.sandbox.backends.base import Backend, backend
from grader.sandbox.policy import MB, Policy
from grader.sandbox.runtime import own_program


@backend("bubblewrap", preference=2)
@dataclass(frozen=True)
class Bubblewrap(Backend):
    title = "bubblewrap"
    remedy = "install bubblewrap"
    program: str = "bwrap"

    def missing(self) -> str:
        return "" if shutil.which(self.program) else "bubblewrap is not installed"

    def command(self, argv: Sequence[str], policy: Policy, run: str, user: int | None) -> list[str]:
        inner = own_program("confine.main", policy.to_json(), *argv)
        nobody = ("--uid", "65534", "--gid", "65534") if os.geteuid() == 0 else ()
        return [
            *(shutil.which(self.program) or self.program, "--unshare-user", "--unshare-all"),
            *("--die-with-parent", "--new-session"),
            *("--cap-drop", "ALL", *nobody, "--hostname", "sandbox"),
            *("--size", str(64 * MB), "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"),
            *("--size", str(64 * MB), "--tmpfs", "/dev/shm"),
            *_mounts(policy),
            *("--remount-ro", "/", "--chdir", policy.private, "--", *inner),
        ]

    def signal_in(self, code: int) -> int:
        return code - 128 if code > 128 else 0


def _mounts(policy: Policy) -> list[str]:
    """Folders come before what they contain, since a mount hides what was there."""
    mounts = {}
    for path in (*policy.runtime.reads, *policy.readable):
        link = os.path.islink(path) and os.path.dirname(path) == "/"  # /lib → usr/lib
        mounts[path] = ("--symlink", os.readlink(path)) if link else ("--ro-bind-try", path)
    mounts |= {path: ("--dev-bind-try", path) for path in policy.devices}
    mounts |= {path: ("--bind", path) for path in (policy.private, policy.sockets) if path}
    return [word for path in sorted(mounts) for word in (*mounts[path], path)]
