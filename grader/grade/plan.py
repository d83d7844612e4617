"""Decides what is left to do in a batch: which submissions to grade, and which outcomes to keep or only to record.

An outcome is kept while the submission and the lesson are unchanged, even if the seed, limits, sandbox or engine have
changed since; `--regrade` replaces it. A submission with a grader fault, or whose outcome can't be read, is always
graded again.
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
from grader.grade.recorder import Recorder, state_of
from grader.grade.work import engine, lab_as_text, lesson_digest


@dataclass(frozen=True)
class Batch:
    """A run of `grader grade`, as it is noted next to the outcomes until it is finished."""

    id: str
    seed: int
    regrade: bool = False
    resumed: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Plan:
    """What is to be done: the students to grade, and the outcomes that are kept, by student.

    `unrecorded` are the students whose kept outcome is not in the gradebook yet; `unreadable` those to grade because
    their saved outcome can't be read.
    """

    todo: tuple[str, ...]
    kept: dict[str, Outcome]
    unrecorded: tuple[str, ...]
    unreadable: tuple[str, ...] = ()


def plan(
    course: Course, lab: Lab, students: Sequence[str], settings: Settings, recorder: Recorder, regrade: bool = False
) -> Plan:
    """Look at what has been graded of a registered lab. With `regrade` only outcomes of this batch are kept."""
    packed = lab_as_text(lab)
    kept, unreadable = {}, []
    for student in students:
        path = course.outcome(student, lab.name)
        outcome = _read(path)
        if outcome is None and path.exists():
            unreadable.append(student)
        if outcome and _holds(course, lab, packed, outcome, settings) and (not regrade or _is_of(outcome, settings)):
            kept[student] = outcome
    done, due = recorder.recorded(), recorder.deadlines()
    unrecorded = [
        student
        for student, outcome in kept.items()
        if done.get(student) != state_of(course, outcome, due.get(student, due[""]))
    ]
    todo = tuple(student for student in students if student not in kept)
    return Plan(todo, kept, tuple(unrecorded), tuple(unreadable))


def differing(outcomes: Sequence[Outcome], settings: Settings) -> list[Outcome]:
    """Kept outcomes that were made with another seed, limit, sandbox or engine than this batch's."""
    now = (engine(), settings.seed, settings.limits.numbers, settings.sandbox)
    return [x for x in outcomes if (x.versions.engine, x.versions.seed, x.versions.limits, x.versions.sandbox) != now]


def begin(course: Course, lab: str, seed: int | None, regrade: bool) -> Batch:
    """A new batch, noted; or the interrupted one, to resume.

    Without a seed, the seed of the interrupted batch is used, so that a class that is graded in several runs has one
    seed. A different seed starts a new batch.
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
    """Note that the batch is finished: the next run starts a new one."""
    _note(course, lab).unlink(missing_ok=True)


@contextlib.contextmanager
def alone(course: Course) -> Iterator[None]:
    """Locks the course directory: one batch at a time. The lock ends with the process, however the process ends."""
    with (course.root / ".grading").open("a") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(
                f"Another `grader grade` is running in {course.root}.", "Wait for it to end, or stop it with Ctrl-C."
            ) from None
        yield


def _holds(course: Course, lab: Lab, packed: str, outcome: Outcome, settings: Settings) -> bool:
    """Whether an outcome still describes the submission as it is now."""
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
