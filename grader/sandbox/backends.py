"""The ways of confining a submission that there are, best first; which of them holds here, the doctor finds out."""

from __future__ import annotations

import contextlib
import math
import os
import resource
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from grader.sandbox import confine, landlock, privilege
from grader.sandbox.policy import MB, Policy
from grader.sandbox.runtime import own_program


@dataclass(frozen=True)
class Backend:
    """One way. Its methods are called by the supervisor, between the fork and the submission's start."""

    name: ClassVar[str]
    title: ClassVar[str]
    forks: ClassVar[bool] = False
    """Whether a process that is already running can enter it, with all that it has imported."""
    changes_user: ClassVar[bool] = False

    @property
    def python(self) -> str:
        """The Python of the submission's environment."""
        return sys.executable

    def own_program(self, main: str, *arguments: str) -> list[str]:
        """A program of this package's, such as `attempts.main`, as it can be run inside."""
        return own_program(main, *arguments)

    def missing(self) -> str:
        """Why it needn't even be tried here; empty when it may work."""
        return ""

    def confine(self, policy: Policy, user: int | None) -> None:
        """Confine this very process, in so far as it is this process that is to be confined."""

    def command(self, argv: Sequence[str], policy: Policy, run: str, user: int | None) -> list[str]:
        """What is to be executed so that `argv` runs confined. `run` is a name that no other run has."""
        return list(argv)

    def environment(self, policy: Policy) -> Mapping[str, str]:
        """The environment of that command."""
        return policy.environment

    def end_command(self, run: str) -> list[str]:
        """What ends those of its processes that are not our children; nothing when all are."""
        return []

    def ask_for_first(self, run: str) -> list[str]:
        """What prints the number of its first process and a word found in the names of its control groups, where that
        process is none of our children; nothing when it is."""
        return []

    def signal_in(self, code: int) -> int:
        """The signal that ended the submission, where the backend reports it as an exit code; else 0."""
        return 0

    def to_data(self) -> dict[str, Any]:
        return {"name": self.name, **asdict(self)}


@dataclass(frozen=True)
class Landlock(Backend):
    """Landlock and seccomp, entered by the process itself: no program and no privilege needed."""

    name = "landlock"
    title = "Landlock + seccomp"
    forks = changes_user = True
    abi: int | None = None
    """Use no more of Landlock than a kernel with this ABI has."""

    def missing(self) -> str:
        return "" if landlock.abi() else "the kernel (5.13 or later) has no Landlock, or it is switched off"

    def confine(self, policy: Policy, user: int | None) -> None:
        confine.enter(policy, user, self.abi)


@dataclass(frozen=True)
class Bubblewrap(Backend):
    """Namespaces of its own, made by bubblewrap, and within them Landlock and seccomp."""

    name = "bubblewrap"
    title = "bubblewrap"
    program: str = "bwrap"

    def missing(self) -> str:
        return "" if shutil.which(self.program) else "bubblewrap is not installed"

    def command(self, argv: Sequence[str], policy: Policy, run: str, user: int | None) -> list[str]:
        inner = own_program("confine.main", policy.to_json(), *argv)
        nobody = ("--uid", "65534", "--gid", "65534") if os.geteuid() == 0 else ()
        return [
            *(
                shutil.which(self.program) or self.program,
                "--unshare-user",
                "--unshare-all",
                "--die-with-parent",
                "--new-session",
            ),
            *("--cap-drop", "ALL", *nobody, "--hostname", "sandbox"),
            *("--size", str(64 * MB), "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"),
            *("--size", str(64 * MB), "--tmpfs", "/dev/shm"),
            *_mounts(policy),
            *("--remount-ro", "/", "--chdir", policy.private, "--", *inner),
        ]

    def signal_in(self, code: int) -> int:
        return code - 128 if code > 128 else 0


def _mounts(policy: Policy) -> list[str]:
    """Folders before what lies in them, since a mount hides what was there."""
    mounts = {}
    for path in (*policy.runtime.reads, *policy.readable):
        link = os.path.islink(path) and os.path.dirname(path) == "/"  # /lib → usr/lib
        mounts[path] = ("--symlink", os.readlink(path)) if link else ("--ro-bind-try", path)
    mounts |= {path: ("--dev-bind-try", path) for path in policy.devices}
    mounts |= {path: ("--bind", path) for path in (policy.private, policy.sockets) if path}
    return [word for path in sorted(mounts) for word in (*mounts[path], path)]


@dataclass(frozen=True)
class Container(Backend):
    """Docker or Podman, and within it seccomp, and Landlock where that can be had.

    The image holds the environment: `python3` with the packages and the course.
    """

    changes_user = True
    image: str = ""

    @property
    def python(self) -> str:
        return "python3"

    def own_program(self, main: str, *arguments: str) -> list[str]:
        module, function = main.split(".")
        code = f"from grader.sandbox.{module} import {function}; {function}()"
        return [self.python, "-I", "-c", code, *arguments]

    @property
    def title(self) -> str:  # type: ignore[override]
        return f"{self.name} ({self.image})"

    def missing(self) -> str:
        if not self.image:
            return "no image is named: GRADER_SANDBOX_IMAGE"
        return "" if shutil.which(self.name) else f"{self.name} is not installed"

    def command(self, argv: Sequence[str], policy: Policy, run: str, user: int | None) -> list[str]:
        owner = f"{user}:{user}" if user is not None else f"{os.getuid()}:{os.getgid()}"
        volumes = [f"{path}:{path}" for path in (policy.private, policy.sockets) if path]
        volumes += [f"{path}:{path}:ro" for path in policy.readable]
        environment = {name: value for name, value in policy.environment.items() if name != "PATH"}
        return [
            *(
                shutil.which(self.name) or self.name,
                "run",
                "--rm",
                "--init",
                "--interactive",
                "--name",
                run,
                "--pull",
                "never",
            ),
            *("--network", "none", "--ipc", "private", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--read-only", "--tmpfs", f"/tmp:size={64 * MB}", "--shm-size", str(64 * MB), "--user", owner),
            *("--memory", str(policy.memory), "--memory-swap", str(policy.memory)),
            *("--pids-limit", str(policy.threads), "--ulimit", "core=0"),
            *("--ulimit", f"fsize={policy.file_size}", "--ulimit", f"nofile={policy.open_files}"),
            *("--ulimit", f"cpu={math.ceil(policy.cpu_seconds)}", "--ulimit", f"nproc={_most_processes()}"),
            *(word for volume in volumes for word in ("--volume", volume)),
            *(word for path in policy.devices for word in ("--device", path)),
            *(word for name, value in environment.items() for word in ("--env", f"{name}={value}")),
            *("--workdir", policy.private, self.image),
            *self.own_program("confine.main_in_image", policy.to_json(), *argv),
        ]

    def environment(self, policy: Policy) -> Mapping[str, str]:
        return os.environ  # where to find the engine, and how to log in to it

    def end_command(self, run: str) -> list[str]:
        return [self.name, "rm", "--force", run]

    def ask_for_first(self, run: str) -> list[str]:
        return [self.name, "inspect", "--format", "{{.State.Pid}} {{.Id}}", run]

    def signal_in(self, code: int) -> int:
        return code - 128 if code > 128 else 0


def _most_processes() -> int:
    """As many as a user may have here anyway. Podman's own default may be more than it has the right to give."""
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    bounds = [] if hard == resource.RLIM_INFINITY else [hard]
    with contextlib.suppress(OSError, ValueError):
        bounds.append(int(Path("/proc/sys/kernel/pid_max").read_text()))
    return min(bounds, default=1 << 15)


@dataclass(frozen=True)
class Docker(Container):
    name = "docker"


@dataclass(frozen=True)
class Podman(Container):
    name = "podman"


@dataclass(frozen=True)
class Unconfined(Backend):
    """No sandbox: the submission has all the rights of whoever grades. The bounds on what it uses remain."""

    name = "none"
    title = "none"
    forks = True

    def confine(self, policy: Policy, user: int | None) -> None:
        confine.begin(policy)
        privilege.bound(policy, among_others=True)


KINDS: dict[str, type[Backend]] = {kind.name: kind for kind in (Landlock, Bubblewrap, Docker, Podman, Unconfined)}


def from_data(data: dict[str, Any]) -> Backend:
    settings = dict(data)
    return KINDS[settings.pop("name")](**settings)
