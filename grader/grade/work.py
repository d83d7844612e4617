"""Grades one submission, as a function from plain data to plain data that runs in any worker, here or elsewhere."""

from __future__ import annotations

import json
import math
import platform
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from time import monotonic

import nbformat

from grader.grade import outcome as o
from grader.grade.dependencies import left_out
from grader.grade.lab import Lab, grade_id, is_solution
from grader.grade.outcome import Outcome, Submission, digest
from grader.grade.parse import Parsed, parse
from grader.grade.reassemble import reassemble
from grader.grade.run import Job, Run, RunLimits, Runner, not_run
from grader.grade.score import score
from grader.sandbox.backends import Backend
from grader.verdict import Status

FAULT_NOTE = "Grading failed because of a fault in the grader, not in your work. Your instructor has been informed."


@dataclass(frozen=True)
class Work:
    """Everything needed to grade one submission. `lab` is the lab as text, from `lab_as_text`.

    `content` is the submitted notebook, None if there is none; `files` are the other files. `problem` says why the
    submission could not be read from disk, which is no fault of the student's.
    """

    student: str
    lab: str
    content: bytes | None
    files: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    limits: RunLimits = field(default_factory=RunLimits)
    seed: int = 0
    backend: Backend | None = None
    batch: str = ""
    problem: str = ""

    @property
    def submission(self) -> str:
        """The digest of the submitted notebook and files."""
        return digest(self.content or b"", *(part for name in sorted(self.files) for part in (name, self.files[name])))


@dataclass(frozen=True)
class Graded:
    """The result of grading one submission: the outcome and the executed notebook's text, None after a grader fault."""

    outcome: Outcome
    notebook: str | None = None

    @property
    def student(self) -> str:
        return self.outcome.student

    def to_json(self) -> bytes:
        return json.dumps([self.outcome.model_dump_json(), self.notebook]).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Graded:
        outcome, notebook = json.loads(data)
        return cls(Outcome.model_validate_json(outcome), notebook)


def grade_submission(work: Work, run: Runner) -> Graded:
    """Grade one submission. Uses neither the gradebook nor the class's folders, and never raises.

    An error in here is reported as a grader fault, never as zero points.
    """
    try:
        if work.problem:
            return faulty(work, work.problem)
        return _grade(work, run)
    except Exception:
        return faulty(work, traceback.format_exc())


def faulty(work: Work, what: str) -> Graded:
    """The result after a failure of grading itself: the gradebook is not changed, and the submission waits."""
    lab = lab_from_text(work.lab)
    tasks = tuple(o.TaskOutcome(id=t.id, title=t.title, points=0, max=t.points, status=Status.FAULT) for t in lab.tasks)
    return Graded(
        Outcome(
            student=work.student,
            lesson=lab.name,
            status=Submission.FAULT,
            score=0,
            max_score=math.fsum(task.max for task in tasks),
            tasks=tasks,
            notes=(FAULT_NOTE,),
            fault=what,
            **_circumstances(work, lab),
        )
    )


_LABS: dict[str, Lab] = {}
"""Labs by their text: a batch and the workers that it forks share one, and with it the notebook built from it."""
MOST_LABS = 4


def lab_as_text(lab: Lab) -> str:
    """A lab as text."""
    text = json.dumps({item.name: getattr(lab, item.name) for item in fields(lab)}, sort_keys=True)
    _remember(text, lab)
    return text


def lab_from_text(text: str) -> Lab:
    """The lab that `lab_as_text` turned into text."""
    if text not in _LABS:
        data = json.loads(text)
        notebooks = {name: nbformat.from_dict(data[name]) for name in ("instructor", "released")}
        _remember(text, Lab(**{**data, **notebooks}))
    return _LABS[text]


def _remember(text: str, lab: Lab) -> None:
    if text in _LABS:
        return
    while len(_LABS) >= MOST_LABS:
        del _LABS[next(iter(_LABS))]
    _LABS[text] = lab


@lru_cache(maxsize=4)
def lesson_digest(lab: str) -> str:
    """The digest of the lesson, on which outcomes depend."""
    data = json.loads(lab)
    return digest(json.dumps([data["instructor"], data["released"]], sort_keys=True))


def engine() -> str:
    """The version of the course's own package."""
    return _version("keras-course")


def _grade(work: Work, run: Runner) -> Graded:
    started, lab = monotonic(), lab_from_text(work.lab)
    parsed = Parsed(problem="could not be found") if work.content is None else parse(work.content)
    assembled = reassemble(lab, parsed)
    if parsed.problem:
        ran = not_run(assembled.notebook)
    else:
        job = Job(assembled.notebook, work.limits, work.seed, work.files, lab.setup, work.backend)
        ran = run(replace(job, left_out=left_out(assembled.notebook, lab)))
    notes = work.notes + (assembled.notes if work.content is not None else ())
    outcome = _outcome(work, lab, parsed, ran, notes)
    outcome = outcome.model_copy(update={"seconds": round(monotonic() - started, 3)})
    return Graded(outcome, json.dumps(ran.notebook))


def _outcome(work: Work, lab: Lab, parsed: Parsed, ran: Run, notes: tuple[str, ...]) -> Outcome:
    tasks = score(lab, ran)
    faults = any(task.status is Status.FAULT for task in tasks)
    if work.content is None:
        status = Submission.NO_NOTEBOOK
    elif parsed.problem:
        status = Submission.UNREADABLE
    else:
        status = Submission.FAULT if faults else Submission.GRADED
    return Outcome(
        student=work.student,
        lesson=lab.name,
        status=status,
        score=math.fsum(task.points for task in tasks),
        max_score=math.fsum(task.max for task in tasks),
        tasks=tasks,
        notes=notes,
        left_out=ran.left_out,
        answers={grade_id(cell): digest(cell.source) for cell in ran.notebook.cells if is_solution(cell)},
        **_circumstances(work, lab),
    )


def _circumstances(work: Work, lab: Lab) -> dict:
    """The fields of an outcome that record its circumstances."""
    made = o.Versions(
        engine=engine(),
        nbgrader=_version("nbgrader"),
        keras=_version("keras"),
        python=platform.python_version(),
        lesson=lesson_digest(work.lab),
        seed=work.seed,
        timeout=work.limits.cell_seconds,
        limits=work.limits.numbers,
        sandbox=work.backend.name if work.backend else "",
        machine=platform.node(),
    )
    limits = json.dumps(made.limits, sort_keys=True)
    return {
        "versions": made,
        "submission": work.submission,
        "made_from": digest(work.submission, made.lesson, made.engine, str(made.seed), limits, made.sandbox),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "batch": work.batch,
    }


@lru_cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
