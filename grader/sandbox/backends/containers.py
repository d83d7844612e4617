"""Docker and Podman: the submission runs in a container and, inside it, under seccomp and Landlock where available."""

from __future__ import annotations

import contextlib
import math
import os
import resource
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from grader.sandbox.backends.base import Backend, backend
from grader.sandbox.policy import MB, Policy


@dataclass(frozen=True)
class Container(Backend):
    """A container engine whose command line is Docker's.

    The image holds the environment: `python3` with the packages and the course.
    """

    remedy = "name a container image that holds the course: GRADER_SANDBOX_IMAGE=IMAGE"
    changes_user = True
    image: str = ""

    @classmethod
    def configured(cls, image: str = "") -> Self | None:
        image = image or os.environ.get("GRADER_SANDBOX_IMAGE", "")
        return cls(image=image) if image else None

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
            return "no image is named: set GRADER_SANDBOX_IMAGE"
        return "" if shutil.which(self.name) else f"{self.name} is not installed"

    def command(self, argv: Sequence[str], policy: Policy, run: str, user: int | None) -> list[str]:
        owner = f"{user}:{user}" if user is not None else f"{os.getuid()}:{os.getgid()}"
        volumes = [f"{path}:{path}" for path in (policy.private, policy.sockets) if path]
        volumes += [f"{path}:{path}:ro" for path in policy.readable]
        environment = {name: value for name, value in policy.environment.items() if name != "PATH"}
        return [
            *(shutil.which(self.name) or self.name, "run", "--rm", "--init", "--interactive"),
            *("--name", run, "--pull", "never"),
            *("--network", "none", "--ipc", "private", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--read-only", "--tmpfs", f"/tmp:size={64 * MB}", "--shm-size", str(64 * MB), "--user", owner),
            *("--memory", str(policy.memory), "--memory-swap", str(policy.memory)),
            *("--pids-limit", str(policy.threads), "--ulimit", "core=0"),
            *("--ulimit", f"fsize={policy.file_size}", "--ulimit", f"nofile={policy.open_files}"),
            *("--ulimit", f"cpu={math.ceil(policy.cpu_seconds)}", "--ulimit", f"nproc={_process_limit()}"),
            *(word for volume in volumes for word in ("--volume", volume)),
            *(word for path in policy.devices for word in ("--device", path)),
            *(word for name, value in environment.items() for word in ("--env", f"{name}={value}")),
            *("--workdir", policy.private, self.image),
            *self.own_program("confine.main_in_image", policy.to_json(), *argv),
        ]

    def environment(self, policy: Policy) -> Mapping[str, str]:
        return os.environ  # tells the command where the engine is and how to log in to it

    def end_command(self, run: str) -> list[str]:
        return [self.name, "rm", "--force", run]

    def first_process_command(self, run: str) -> list[str]:
        return [self.name, "inspect", "--format", "{{.State.Pid}} {{.Id}}", run]

    def signal_in(self, code: int) -> int:
        return code - 128 if code > 128 else 0


def _process_limit() -> int:
    """As many processes as a user may have here anyway. Podman's own default may exceed what it is allowed to set."""
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    limits = [] if hard == resource.RLIM_INFINITY else [hard]
    with contextlib.suppress(OSError, ValueError):
        limits.append(int(Path("/proc/sys/kernel/pid_max").read_text()))
    return min(limits, default=1 << 15)


@backend("docker", preference=3)
@dataclass(frozen=True)
class Docker(Container):
    pass


@backend("podman", preference=4)
@dataclass(frozen=True)
class Podman(Container):
    pass
