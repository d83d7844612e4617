"""Grades a class: reads the submissions, has workers grade them, keeps what comes back and records it.

Only here are outcomes written and the gradebook touched. What is kept of a submission is written in this order, each
file as a whole: the executed notebook, the outcome, the scores in the gradebook; so a batch that is killed at any
moment can be started again and goes on from there (`plan`).
"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from grader.errors import UserError
from grader.grade.archive import Archive
from grader.grade.gradebook import Course
from grader.grade.lab import Lab
from grader.grade.outcome import Outcome
from grader.grade.progress import Progress
from grader.grade.recorder import Recorder
from grader.grade.run import RunLimits, Runner, run
from grader.grade.submissions import open_submission
from grader.grade.work import Graded, Work, faulty, lab_as_text
from grader.grade.workers import Here
from grader.sandbox.backends import Backend

EXCHANGE = ("timestamp.txt", "submission_secret.txt")
"""What nbgrader's exchange puts beside a submission; none of it is the student's."""


@dataclass(frozen=True)
class Settings:
    """How a batch is graded. `run` is what runs a submission, `backend` what it is confined by."""

    limits: RunLimits
    seed: int = 0
    run: Runner = run
    backend: Backend | None = None
    batch: str = ""

    @property
    def sandbox(self) -> str:
        """The name of what confines submissions, as each grade records it."""
        return self.backend.name if self.backend else ""


class Team(Protocol):
    """Who grades: this process, worker processes, a cluster."""

    def grade_works(self, works: Iterable[Work], run: Runner, progress: Progress) -> Iterator[Graded]:
        """What became of each submission, once for each, in any order."""


def grade_registered(
    course: Course,
    lab: Lab,
    students: Sequence[str],
    settings: Settings,
    team: Team | None = None,
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Grade each student's submission of a lab that is registered. No submission stops the others.

    Where the gradebook can't be reached, grading goes on; at the end it is tried once more, and if it still can't be
    reached, that is said by a UserError. Nothing is lost: the outcomes are written.
    """
    progress, packed = progress or Progress(), lab_as_text(lab)
    works = (read_work(course, lab, packed, student, settings) for student in students)
    archive, unrecorded = Archive(course, lab), []
    with (
        Recorder(course, lab) as recorder,
        contextlib.closing((team or Here()).grade_works(works, settings.run, progress)) as graded,
    ):
        for each in graded:
            outcome = keep(archive, each)
            if not outcome.fault and (unrecorded or not _recorded(recorder, outcome)):
                unrecorded.append(outcome)
            progress.graded(outcome)
            yield outcome
        for outcome in unrecorded:
            recorder.record(outcome)


def read_work(course: Course, lab: Lab, packed: str, student: str, settings: Settings) -> Work:
    """A submission as it lies in the course directory, as data. `packed` is the lab as `pack` gives it."""
    more = {
        "student": student,
        "lab": packed,
        "limits": settings.limits,
        "seed": settings.seed,
        "backend": settings.backend,
        "batch": settings.batch,
    }
    folder = course.submission(student, lab.name)
    try:
        handed = open_submission(folder, lab.name)
        beside = {path.relative_to(folder).as_posix(): path for path in handed.files}
        files = {name: path.read_bytes() for name, path in beside.items() if name not in EXCHANGE}
        return Work(content=handed.content, files=files, notes=handed.notes, **more)
    except Exception:
        return Work(content=None, problem=traceback.format_exc(), **more)


def keep(archive: Archive, graded: Graded) -> Outcome:
    """Write down what was graded. Where that fails, the fault is ours, and there is nothing to record."""
    try:
        return archive.keep(graded)
    except Exception:
        work = Work(student=graded.student, lab=lab_as_text(archive.lab), content=None)
        outcome = faulty(work, traceback.format_exc()).outcome
        archive.keep_outcome(outcome)
        return outcome


def _recorded(recorder: Recorder, outcome: Outcome) -> bool:
    """Whether it could be recorded: a gradebook out of reach is no fault of the submission's."""
    try:
        recorder.record(outcome)
    except UserError:
        return False
    return True
