"""What is left to do of a batch: which submissions are to be graded, which outcomes are kept or only recorded.

An outcome is kept as long as the submission and the lesson are the same as when it was made, whatever has become of
seed, limits, sandbox or engine since; `--regrade` redoes it. A grader fault is redone always.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import UserError
from grader.grade import outcome as o
from grader.grade.archive import holds_notebook
from grader.grade.batch import Settings, read_work
from grader.grade.gradebook import Course
from grader.grade.lab import Lab
from grader.grade.outcome import Outcome
from grader.grade.recorder import deadlines, recorded, state_of
from grader.grade.work import engine, lab_as_text, lesson_digest


@dataclass(frozen=True)
class Batch:
    """A run of `grader grade`, as it is noted beside the outcomes until it is through."""

    id: str
    seed: int
    regrade: bool = False
    resumed: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Plan:
    """The students to grade; the outcomes kept, by student; those of them that the gradebook doesn't have yet."""

    todo: tuple[str, ...]
    kept: dict[str, Outcome]
    unrecorded: tuple[str, ...]


def plan(course: Course, lab: Lab, students: Sequence[str], settings: Settings, regrade: bool = False) -> Plan:
    """Look at what is there. The lab has been registered. With `regrade` only this batch's own outcomes are kept."""
    packed = lab_as_text(lab)
    kept = {}
    for student in students:
        outcome = _read(course.outcome(student, lab.name))
        if outcome and _holds(course, lab, packed, outcome, settings) and (not regrade or _is_of(outcome, settings)):
            kept[student] = outcome
    done, due = recorded(course, lab), deadlines(course, lab)
    unrecorded = [
        student
        for student, outcome in kept.items()
        if done.get(student) != state_of(course, outcome, due.get(student, due[""]))
    ]
    return Plan(tuple(student for student in students if student not in kept), kept, tuple(unrecorded))


def differing(outcomes: Sequence[Outcome], settings: Settings) -> list[Outcome]:
    """Kept outcomes that were made with another seed, limit, sandbox or engine than this batch's."""
    now = (engine(), settings.seed, settings.limits.numbers, settings.sandbox)
    return [x for x in outcomes if (x.versions.engine, x.versions.seed, x.versions.limits, x.versions.sandbox) != now]


def begin(course: Course, lab: str, seed: int | None, regrade: bool) -> Batch:
    """A new batch, noted; or the one that was interrupted, to go on with.

    Without a seed the interrupted batch's is used, so that a class that is graded in several goes has one seed.
    Another seed makes it another batch.
    """
    note = _note(course, lab)
    old = _noted(note)
    if old and old.regrade == regrade and seed in (None, old.seed):
        return Batch(old.id, old.seed, regrade, resumed=True)
    if seed is None:
        seed = old.seed if old else secrets.randbelow(2**31)
    batch = Batch(secrets.token_hex(8), seed, regrade)
    o.write_text(note, json.dumps({"id": batch.id, "seed": seed, "regrade": regrade}))
    return batch


def finish(course: Course, lab: str) -> None:
    """The batch is through: the next one is another."""
    _note(course, lab).unlink(missing_ok=True)


@contextlib.contextmanager
def alone(course: Course) -> Iterator[None]:
    """Holds the course directory: one batch at a time. The lock ends with the process, however that ends."""
    with (course.root / ".grading").open("a") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(
                f"Another `grader grade` is at work in {course.root}.", "Wait for it to end, or stop it with Ctrl-C."
            ) from None
        yield


def _holds(course: Course, lab: Lab, packed: str, outcome: Outcome, settings: Settings) -> bool:
    """Whether an outcome still says what there is to say of the submission."""
    if outcome.has_fault or outcome.versions.lesson != lesson_digest(packed):
        return False
    work = read_work(course, lab, packed, outcome.student, settings)
    return not work.problem and work.submission == outcome.submission and holds_notebook(course, outcome)


def _is_of(outcome: Outcome, settings: Settings) -> bool:
    return bool(settings.batch) and outcome.batch == settings.batch


def _read(path: Path) -> Outcome | None:
    """The outcome, or None where there is none that can be read."""
    with contextlib.suppress(ValueError, OSError):
        return o.read(path)
    return None


def _note(course: Course, lab: str) -> Path:
    return course.outcome("any", lab).with_name(".batch")


def _noted(note: Path) -> Batch | None:
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Batch(**json.loads(note.read_text()))
    return None
