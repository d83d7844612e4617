"""Grades a class: reads the submissions, has workers grade them, keeps the results and records them.

Outcomes are written and scores are recorded only here. The results of a submission are written in this order, each
file as a whole: the executed notebook, the outcome, the scores in the gradebook. A batch that is killed at any moment
can therefore be resumed (`plan`).
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
"""Files that nbgrader's exchange adds to a submission; the student did not write them."""


@dataclass(frozen=True)
class Settings:
    """How a batch is graded. `run` runs a submission, `backend` confines it."""

    limits: RunLimits
    seed: int = 0
    run: Runner = run
    backend: Backend | None = None
    batch: str = ""

    @property
    def sandbox(self) -> str:
        """The name of the sandbox backend, as each outcome records it."""
        return self.backend.name if self.backend else ""


class Team(Protocol):
    """What grades the submissions: this process, worker processes or a cluster."""

    def grade_works(self, works: Iterable[Work], run: Runner, progress: Progress) -> Iterator[Graded]:
        """The result of each submission, each once, in any order."""


def grade_students(
    course: Course,
    lab: Lab,
    students: Sequence[str],
    settings: Settings,
    recorder: Recorder,
    team: Team | None = None,
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Grade each student's submission of a registered lab; yields the outcomes as they come.

    No submission stops the others. If the gradebook can't be reached, grading continues and recording is tried again
    at the end; if that fails too, a UserError says so. Nothing is lost: the outcomes have been written.
    """
    progress, packed = progress or Progress(), lab_as_text(lab)
    works = (read_work(course, lab, packed, student, settings) for student in students)
    archive, unrecorded = Archive(course, lab), []
    with contextlib.closing((team or Here()).grade_works(works, settings.run, progress)) as graded:
        for each in graded:
            outcome = keep(archive, each)
            if not outcome.fault and (unrecorded or not _recorded(recorder, outcome)):
                unrecorded.append(outcome)
            progress.graded(outcome)
            yield outcome
        for outcome in unrecorded:
            recorder.record(outcome)


def read_work(course: Course, lab: Lab, packed: str, student: str, settings: Settings) -> Work:
    """A submission in the course directory, as data. `packed` is the lab as `lab_as_text` returns it."""
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
    """Write the results of a submission. If that fails, the outcome is a grader fault, and nothing is recorded."""
    try:
        return archive.keep(graded)
    except Exception:
        work = Work(student=graded.student, lab=lab_as_text(archive.lab), content=None)
        outcome = faulty(work, traceback.format_exc()).outcome
        archive.keep_outcome(outcome)
        return outcome


def _recorded(recorder: Recorder, outcome: Outcome) -> bool:
    """Record an outcome; False if the gradebook can't be reached, which is no fault of the submission."""
    try:
        recorder.record(outcome)
    except UserError:
        return False
    return True
