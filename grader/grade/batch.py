"""Grades a class, one submission after the other: read, reassemble, run, score, keep, record."""

from __future__ import annotations

import hashlib
import math
import platform
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from nbformat import NotebookNode

from grader.grade import gradebook as books
from grader.grade import outcome as o
from grader.grade.gradebook import Course
from grader.grade.lab import Lab
from grader.grade.outcome import Outcome, Submission
from grader.grade.parse import Parsed, parse
from grader.grade.reassemble import reassemble
from grader.grade.run import Job, Limits, Run, Runner, not_run, run
from grader.grade.score import score
from grader.grade.submissions import Handed, open_submission


@dataclass(frozen=True)
class Settings:
    """How a batch is graded. `run` is what runs a submission."""

    limits: Limits
    seed: int = 0
    run: Runner = run


def grade_class(course: Course, lab: Lab, students: Sequence[str], settings: Settings) -> Iterator[Outcome]:
    """Grade each student's submission; yields outcomes as they come. No submission stops the others."""
    books.register(course, lab)
    for student in students:
        yield grade_one(course, lab, student, settings)


def grade_one(course: Course, lab: Lab, student: str, settings: Settings) -> Outcome:
    """Grade one submission and keep its outcome. What goes wrong in here is a grader fault, and no zero."""
    try:
        handed = open_submission(course.submission(student, lab.name), lab.name)
        outcome, notebook = judge(lab, student, handed, settings)
        o.write(outcome, course.outcome(student, lab.name))
        books.record(course, lab, outcome, notebook)
    except Exception:
        outcome = _faulty(lab, student, settings, traceback.format_exc())
        o.write(outcome, course.outcome(student, lab.name))
    return outcome


def judge(lab: Lab, student: str, handed: Handed, settings: Settings) -> tuple[Outcome, NotebookNode]:
    """The outcome of a submission, and the executed notebook. Touches neither gradebook nor folders."""
    parsed = Parsed(problem="could not be found") if handed.content is None else parse(handed.content)
    assembled = reassemble(lab, parsed)
    if parsed.problem:
        ran = not_run(assembled.notebook)
    else:
        ran = settings.run(Job(assembled.notebook, settings.limits, settings.seed, handed.files))
    notes = handed.notes + (assembled.notes if handed.content is not None else ())
    return _outcome(lab, student, handed, parsed, ran, notes, settings), ran.notebook


def _outcome(
    lab: Lab, student: str, handed: Handed, parsed: Parsed, ran: Run, notes: tuple[str, ...], settings: Settings
) -> Outcome:
    tasks = score(lab, ran)
    faults = any(task.status is o.Status.FAULT for task in tasks)
    if handed.content is None:
        status = Submission.NO_NOTEBOOK
    elif parsed.problem:
        status = Submission.UNREADABLE
    else:
        status = Submission.FAULT if faults else Submission.GRADED
    total = math.fsum(task.points for task in tasks)
    return Outcome(
        student=student,
        lesson=lab.name,
        status=status,
        score=total,
        max_score=math.fsum(task.max for task in tasks),
        tasks=tasks,
        notes=notes,
        versions=_versions(settings),
        submission=hashlib.sha256(handed.content or b"").hexdigest(),
    )


def _faulty(lab: Lab, student: str, settings: Settings, what: str) -> Outcome:
    """The outcome when grading itself failed: the gradebook keeps what it had, and the submission waits."""
    tasks = tuple(o.Task(id=t.id, title=t.title, points=0, max=t.points, status=o.Status.FAULT) for t in lab.tasks)
    return Outcome(
        student=student,
        lesson=lab.name,
        status=Submission.FAULT,
        score=0,
        max_score=sum(task.max for task in tasks),
        tasks=tasks,
        notes=("Grading failed by a fault of ours; your instructor has been told.",),
        versions=_versions(settings),
        fault=what,
    )


def _versions(settings: Settings) -> o.Versions:
    return o.Versions(
        engine=_version("keras-course"),
        nbgrader=_version("nbgrader"),
        keras=_version("keras"),
        python=platform.python_version(),
        seed=settings.seed,
        timeout=settings.limits.cell_seconds,
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
