"""Turns what was judged of a notebook into the status and points of each task; functions from data to data."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nbformat import NotebookNode

from grader.grade import outcome as o
from grader.grade.judged import NOT_JUDGED, STATUS_OF, Judged, gravest
from grader.grade.lab import Lab, TaskSpec, Test, grade_id
from grader.grade.run import Run
from grader.verdict import CAPS, Status, shorten

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def score(lab: Lab, run: Run) -> tuple[o.TaskOutcome, ...]:
    """The outcome of each of the lab's tasks."""
    cells = {grade_id(cell): cell for cell in run.notebook.cells if grade_id(cell)}
    return tuple(_task(task, cells, run) for task in lab.tasks)


def _task(task: TaskSpec, cells: dict[str, NotebookNode], run: Run) -> o.TaskOutcome:
    solution = cells.get(task.solution)
    if task.manual:
        return _manual(task, solution)
    stopped = _stopped(solution)
    parts = tuple(
        _part(test, run.judged.get(test.id, NOT_JUDGED), run.seconds.get(test.id, 0), stopped) for test in task.tests
    )
    return o.TaskOutcome(
        id=task.id,
        title=task.title,
        points=sum(part.points for part in parts),
        max=task.points,
        status=combine(part.status for part in parts),
        parts=parts,
        seconds=round(sum(part.seconds for part in parts) + run.seconds.get(task.solution, 0), 3),
        problem=problem_of(solution) if solution is not None else "",
    )


def _manual(task: TaskSpec, cell: NotebookNode) -> o.TaskOutcome:
    """A written answer has no points until a person grades it; an untouched one gets none."""
    from nbgrader.utils import determine_grade

    points, most = determine_grade(cell)
    status = Status.TO_GRADE if points is None else Status.NOT_ATTEMPTED
    part = o.Part(id=task.id, points=points or 0, max=most, status=status)
    return o.TaskOutcome(id=task.id, title=task.title, points=part.points, max=most, status=status, parts=(part,))


def _part(test: Test, judged: Judged, seconds: float, stopped: Status | None) -> o.Part:
    status = judged.status
    if stopped and status is Status.NOT_ATTEMPTED:
        status = stopped  # the answer isn't there, because the student's own cell never finished
    return o.Part(
        id=test.id,
        points=test.points if status is Status.PASSED else 0,
        max=test.points,
        status=status,
        verdicts=judged.verdicts,
        cause=judged.cause,
        seconds=seconds,
        fault=judged.fault,
    )


def combine(statuses: Iterable[Status]) -> Status:
    """A task's status from those of its tests. A grader fault is never hidden by another status."""
    found = set(statuses)
    if Status.FAULT in found:
        return Status.FAULT
    if Status.PASSED in found:
        return Status.PASSED if len(found) == 1 else Status.PARTLY
    return gravest(list(found)) or Status.FAULT


def errors(cell: NotebookNode) -> list[str]:
    return [output.ename for output in cell.get("outputs", []) if output.output_type == "error"]


def problem_of(cell: NotebookNode) -> str:
    """The error that stopped a student's own cell, as plain text."""
    names = errors(cell)
    return shorten(_traceback(cell), CAPS.traceback, keep_end=True) if names else ""


def _stopped(solution: NotebookNode | None) -> Status | None:
    """How the student's own cell failed to finish; None if it did finish, or if a stub at the top level raised."""
    names = [name for name in errors(solution) if name != "NotImplementedError"] if solution is not None else []
    return gravest([STATUS_OF.get(name, Status.CRASHED) for name in names])


def _traceback(cell: NotebookNode) -> str:
    blocks = ["\n".join(map(str, x.traceback)) for x in cell.get("outputs", []) if x.output_type == "error"]
    return ANSI.sub("", "\n".join(blocks))
