"""The result of a check: observations, the verdict they add up to, its form as data, and the exceptions for it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MIME = "application/vnd.keras-course.verdict+json"


class Status(StrEnum):
    """How a check, a test cell of several checks, or an exercise of several test cells ended.

    A single check is never partly right and never waits for a person; its caller decides whether it timed out.
    """

    PASSED = "passed"
    PARTLY = "partly"
    WRONG = "wrong"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    NOT_ATTEMPTED = "not attempted"
    FAULT = "grader fault"
    TO_GRADE = "to be graded"
    """A written answer that a person grades."""


@dataclass(frozen=True)
class Caps:
    """How much of a verdict is kept on its way from the judge to the feedback page: students write some of it.

    `verdicts` are those of one test cell, `observations` those of one verdict. `text` counts the characters of each
    text, `figure` bytes of JSON, `traceback` the characters kept of the error that stopped a student's own cell.
    """

    verdicts: int = 20
    observations: int = 50
    text: int = 2_000
    figure: int = 60_000
    traceback: int = 4_000


CAPS = Caps()
"""Every step that shortens a verdict uses these, so that no later step shortens it again."""


def shorten(value: object, most: int = CAPS.text, keep_end: bool = False) -> str:
    """A value as text of at most `most` characters, without lone surrogates or control characters."""
    text = "" if value is None else str(value)
    if len(text) > most:
        text = f"… {text[2 - most :]}" if keep_end else f"{text[: most - 2]} …"
    return "".join(c for c in text if c.isprintable() or c in "\n\t").encode("utf-8", "replace").decode()


@dataclass(frozen=True)
class Measure:
    """A number that varies from seed to seed, and the threshold it is compared with; calibration collects these.

    `at_least` is True if the number has to reach the threshold, False if it must not exceed it.
    """

    value: float
    threshold: float
    at_least: bool = True

    @property
    def ok(self) -> bool:
        """False for a number that isn't finite."""
        if not math.isfinite(self.value):
            return False
        return bool(self.value >= self.threshold if self.at_least else self.value <= self.threshold)


@dataclass(frozen=True)
class Observation:
    """One finding of a check.

    `about` names what was checked; `seen` and `expected` are short phrases; `why` says why it matters and `next` what
    to try. The last three are shown only if `ok` is false. After an observation with `stop=True` that isn't ok, the
    check ends, because the remaining observations would make no sense. `figure` is a figure as plain data, drawn below
    an observation that isn't ok; `measured` is the number that decided, if one did.
    """

    about: str
    ok: bool
    seen: str
    expected: str = ""
    why: str = ""
    next: str = ""
    stop: bool = field(default=False, repr=False)
    figure: dict[str, Any] | None = field(default=None, repr=False)
    measured: Measure | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ok", bool(self.ok))  # JSON can't store NumPy's booleans


@dataclass(frozen=True)
class Verdict:
    """All observations of one check and the status they add up to.

    `passed_as` replaces "passed" where that word would claim more than was checked.
    """

    title: str
    status: Status
    observations: tuple[Observation, ...] = ()
    passed_as: str = ""

    @property
    def failures(self) -> int:
        return sum(not observation.ok for observation in self.observations)

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain data, which grading and feedback read back from a notebook's output."""
        observations = [_plain(observation) for observation in self.observations]
        return {"version": 1, "title": self.title, "status": str(self.status), "observations": observations}

    @classmethod
    def from_json(cls, data: object) -> Verdict:
        """The verdict that `to_json` returned as plain data, within the caps.

        Another process may have made the data, so this never raises. An unknown status becomes a grader fault.
        """
        fields = data if isinstance(data, dict) else {}
        seen = fields.get("observations")
        observations = seen[: CAPS.observations] if isinstance(seen, list | tuple) else []
        status = fields.get("status")
        return cls(
            title=shorten(fields.get("title")),
            status=Status(status) if isinstance(status, str) and status in set(Status) else Status.FAULT,
            observations=tuple(_observation(item) for item in observations if isinstance(item, dict)),
        )


def _observation(data: dict[Any, Any]) -> Observation:
    words: dict[str, Any] = {key: shorten(data.get(key)) for key in ("about", "seen", "expected", "why", "next")}
    ok = data.get("ok") is True
    return Observation(ok=ok, **words, figure=None if ok else _figure(data.get("figure")))


def _figure(data: object) -> dict[str, Any] | None:
    """The data of a figure, as JSON returns it; None if it can't be written or is too large.

    Whether it describes a figure is for the code that draws it to decide.
    """
    if not isinstance(data, dict):
        return None
    try:
        text = json.dumps(_cleaned(data), ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        return None
    return json.loads(text) if len(text.encode()) <= CAPS.figure else None


def _cleaned(data: Any) -> Any:
    """Plain data without lone surrogates and control characters: some of its texts are names that a student chose."""
    if isinstance(data, dict):
        return {shorten(key): _cleaned(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_cleaned(item) for item in data]
    return shorten(data, len(data)) if isinstance(data, str) else data


def _plain(observation: Observation) -> dict[str, Any]:
    words = {key: getattr(observation, key) for key in ("about", "ok", "seen", "expected", "why", "next")}
    figure = {} if observation.ok or observation.figure is None else {"figure": observation.figure}
    return words | figure


class NotBegun(Exception):
    """There is no answer to check yet: `seen` says what is there instead, `next` how to begin."""

    def __init__(self, seen: str, next: str):
        super().__init__(seen)
        self.seen = seen
        self.next = next


class Missing(NotBegun):
    """The student's notebook doesn't define this name."""

    def __init__(self, name: str):
        super().__init__(f"no `{name}` in this notebook", "Run the cell that defines it, then run this cell again.")


class NoChoice(NotBegun):
    """A prediction or a quiz answer is still open."""

    def __init__(self, name: str):
        super().__init__(
            f"`{name}` is still `...`",
            f'Replace `...` with your choice, as in `{name} = "a"`. Run that cell, then this one.',
        )


class Stub(NotBegun):
    """The student's own code still raises NotImplementedError."""

    def __init__(self) -> None:
        super().__init__(
            "the cell above still raises `NotImplementedError`",
            "Write your answer there and delete the `raise` line. Run that cell, then this one.",
        )


class StudentError(Exception):
    """The student's code raised an error while a check ran it: its message, the lines that led to it, and a hint."""

    def __init__(self, message: str, lines: Sequence[str], hint: str = ""):
        super().__init__(message)
        self.lines = tuple(lines)
        self.hint = hint


class CheckFailed(AssertionError):
    """A check that didn't pass. IPython shows one line of it: the verdict above it has the details."""

    def __init__(self, verdict: Verdict):
        super().__init__(verdict.title)
        self.verdict = verdict

    def __str__(self) -> str:
        return f"{self.verdict.title} · {self._summary()}"

    def _summary(self) -> str:
        return str(self.verdict.status)

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__} · {self}"]


class Wrong(CheckFailed):
    """The answer ran, but at least one observation failed."""

    def _summary(self) -> str:
        seen = len(self.verdict.observations)
        return f"{self.verdict.failures} of {seen} observation{'s' * (seen > 1)} not right yet, see above"


class Crashed(CheckFailed):
    """The student's code raised an exception."""

    def _summary(self) -> str:
        return "your code stopped with an error, see above"


class NotAttempted(CheckFailed):
    """The stub is still there. Raised only while grading; in the student's own notebook this is not an error."""

    def _summary(self) -> str:
        return "not attempted yet"


class GraderFault(CheckFailed):
    """The check itself failed: a fault for us to fix, which must never silently cost the student points."""

    def _summary(self) -> str:
        return "this is a fault of the check, not yours: please report it to your instructor"


EXCEPTIONS: dict[Status, type[CheckFailed]] = {
    Status.WRONG: Wrong,
    Status.CRASHED: Crashed,
    Status.NOT_ATTEMPTED: NotAttempted,
    Status.FAULT: GraderFault,
}
