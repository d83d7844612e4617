"""The interface of a sandbox backend, and the register that its classes enter themselves in."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self, TypeVar

from grader.errors import UserError
from grader.sandbox.policy import Policy
from grader.sandbox.runtime import own_program


@dataclass(frozen=True)
class Backend:
    """One way to confine a submission. Its fields are its options; they travel to the supervisor as plain data.

    The supervisor calls `confine` and `command` between the fork and the start of the submission.
    """

    name: ClassVar[str]
    """Set by the decorator `backend`, as is `preference`."""
    preference: ClassVar[float]
    title: ClassVar[str]
    """What people read in the doctor's table."""
    remedy: ClassVar[str] = ""
    """What to do on a machine that lacks it, completing "To grade here, …"."""
    forks: ClassVar[bool] = False
    """Whether a process that is already running can enter it, with everything it has imported."""
    changes_user: ClassVar[bool] = False
    """Whether it can run the submission as a user of its own, where the grader runs as root."""

    @classmethod
    def configured(cls, image: str = "") -> Self | None:
        """The backend with the options of the command line and the environment; None if a required one is missing."""
        return cls()

    @property
    def python(self) -> str:
        """The Python of the submission's environment."""
        return sys.executable

    def own_program(self, main: str, *arguments: str) -> list[str]:
        """The command that runs a function of this package inside, such as `attempts.main`."""
        return own_program(main, *arguments)

    def missing(self) -> str:
        """What this machine lacks for it to work; empty if it is worth trying."""
        return ""

    def confine(self, policy: Policy, user: int | None) -> None:
        """Confine this process itself, for a backend that works that way."""

    def command(self, argv: Sequence[str], policy: Policy, run: str, user: int | None) -> list[str]:
        """The command that runs `argv` confined. `run` is a name that no other run has."""
        return list(argv)

    def environment(self, policy: Policy) -> Mapping[str, str]:
        """The environment of that command."""
        return policy.environment

    def end_command(self, run: str) -> list[str]:
        """The command that ends those processes that are not our children; empty if all of them are."""
        return []

    def first_process_command(self, run: str) -> list[str]:
        """The command that prints the first process's ID and a word found in the names of its control groups.

        Empty if that process is a child of ours.
        """
        return []

    def signal_in(self, code: int) -> int:
        """The signal that ended the submission, for a backend that reports it as an exit code; otherwise 0."""
        return 0

    def to_data(self) -> dict[str, Any]:
        return {"name": self.name, **asdict(self)}


BACKENDS: dict[str, type[Backend]] = {}
"""All backends by name. `registered` gives them in order."""

_Class = TypeVar("_Class", bound=type[Backend])


def backend(name: str, *, preference: float = math.inf) -> Callable[[_Class], _Class]:
    """Register a class of backends under a name. Lower preferences are tried first; without one, it is never chosen."""

    def register(cls: _Class) -> _Class:
        cls.name, cls.preference = name, preference
        BACKENDS[name] = cls
        return cls

    return register


def registered() -> list[type[Backend]]:
    """All classes of backends, the preferred one first."""
    return sorted(BACKENDS.values(), key=lambda cls: cls.preference)


def candidates(image: str = "") -> list[Backend]:
    """All backends that may be chosen, the preferred one first. GRADER_SANDBOX names the only one to be tried."""
    wanted = os.environ.get("GRADER_SANDBOX", "")
    if wanted and wanted not in BACKENDS:
        names = ", ".join(cls.name for cls in registered())
        raise UserError(f"GRADER_SANDBOX is {wanted!r}, which is not a sandbox.", f"Choose one of: {names}.")
    selectable = (cls for cls in registered() if math.isfinite(cls.preference) and wanted in ("", cls.name))
    return [found for cls in selectable if (found := cls.configured(image))]


def from_data(data: dict[str, Any]) -> Backend:
    """The backend that `to_data` was called on."""
    options = dict(data)
    return BACKENDS[options.pop("name")](**options)
