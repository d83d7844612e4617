"""The outcome of grading one student's lab: plain data, saved as JSON."""

from __future__ import annotations

import hashlib
import os
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator

from grader.verdict import Status, Verdict


class Submission(StrEnum):
    """How grading a whole submission ended."""

    GRADED = "graded"
    UNREADABLE = "unreadable"
    NO_NOTEBOOK = "no notebook"
    FAULT = "grader fault"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


KeptVerdict = Annotated[Verdict, PlainValidator(lambda data: _verdict(data)), PlainSerializer(Verdict.to_json)]
"""A verdict in an outcome. Code that draws one of its figures must check first that the data describes a figure."""


def _verdict(data: object) -> Verdict:
    return data if isinstance(data, Verdict) else Verdict.from_json(data)


class Part(_Data):
    """One test: its points and what its checks observed.

    `cause` names what stopped it from outside, if anything did. `fault`, for the instructor only, says what went wrong
    in the grader, or may have; a test of any status can have one.
    """

    id: str
    points: float
    max: float
    status: Status
    verdicts: tuple[KeptVerdict, ...] = ()
    cause: str = Field(default="", validation_alias=AliasChoices("cause", "error"))
    seconds: float = 0
    fault: str = ""


class TaskOutcome(_Data):
    """One task. `problem` is the error that stopped the student's own cell, without frames of the grader."""

    id: str
    title: str
    points: float
    max: float
    status: Status
    parts: tuple[Part, ...] = ()
    seconds: float = 0
    problem: str = ""

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(verdict for part in self.parts for verdict in part.verdicts)


class Versions(_Data):
    """The circumstances of a grade.

    `lesson` is the digest of the lab's notebooks, `timeout` a cell's time limit in seconds, `limits` all limits by
    name; `sandbox` names the backend that confined the student's code, `machine` the computer that ran it.
    """

    engine: str = ""
    nbgrader: str = ""
    keras: str = ""
    python: str = ""
    lesson: str = ""
    seed: int = 0
    timeout: float = 0
    limits: dict[str, float] = Field(default_factory=dict)
    sandbox: str = ""
    machine: str = ""


class Outcome(_Data):
    student: str
    lesson: str
    status: Submission
    score: float
    max_score: float
    tasks: tuple[TaskOutcome, ...]
    notes: tuple[str, ...] = ()
    versions: Versions = Field(default_factory=Versions)
    submission: str = ""
    """SHA-256 of the submission: the notebook and the files next to it."""
    made_from: str = ""
    """SHA-256 of everything that determines the outcome: submission, lesson, engine, seed, limits, sandbox."""
    answers: dict[str, str] = Field(default_factory=dict)
    """SHA-256 of each answer, by grade_id: a manual grade is valid only for the answer that it was given for."""
    left_out: int = 0
    """How many of the lab's own examples were not run, because no graded cell uses them."""
    executed: str = ""
    """SHA-256 of the executed notebook in the archive."""
    seconds: float = 0
    """How long grading took."""
    finished: str = ""
    """When it was graded, ISO 8601 in UTC."""
    batch: str = ""
    """The batch it was graded in."""
    fault: str = ""
    """What went wrong in the grader itself, for the instructor."""

    @property
    def has_fault(self) -> bool:
        return self.status is Submission.FAULT or any(t.status is Status.FAULT for t in self.tasks)


def write(outcome: Outcome, path: Path) -> None:
    """Write the outcome atomically: a reader finds the old one or the new one, never a part."""
    write_text(path, outcome.model_dump_json(indent=1) + "\n")


def read(path: Path) -> Outcome | None:
    """The outcome that was written to `path`, or None."""
    try:
        return Outcome.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None


def digest(*parts: str | bytes) -> str:
    """SHA-256 of a sequence of texts; different sequences of texts have different digests."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()


def write_text(path: Path, text: str) -> None:
    """Replace a file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
