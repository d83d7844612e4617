"""An executed notebook → the status and points of each task; functions from data to data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from nbformat import NotebookNode

from grader.grade import outcome as o
from grader.grade.execute import CELL_TIMEOUT, KERNEL_DIED, NOTEBOOK_TIMEOUT
from grader.grade.lab import Lab, Task, Test, grade_id
from grader.grade.outcome import Status
from grader.grade.run import Run
from grader.verdict import MIME as VERDICT

STATUS_OF = {
    CELL_TIMEOUT: Status.TIMED_OUT,
    NOTEBOOK_TIMEOUT: Status.TIMED_OUT,
    "KeyboardInterrupt": Status.TIMED_OUT,
    KERNEL_DIED: Status.CRASHED,
    "Crashed": Status.CRASHED,
    "Wrong": Status.WRONG,
    "NotAttempted": Status.NOT_ATTEMPTED,
}
"""What an error in a test cell means; any other is a fault of ours."""

GRAVEST = (Status.TIMED_OUT, Status.CRASHED, Status.FAULT, Status.WRONG, Status.NOT_ATTEMPTED)
"""Which of several statuses says most about what happened."""

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
LONGEST = 4_000
LARGEST_FIGURE = 60_000


def score(lab: Lab, run: Run) -> tuple[o.Task, ...]:
    """The outcome of each of the lab's tasks."""
    cells = {grade_id(cell): cell for cell in run.notebook.cells if grade_id(cell)}
    return tuple(_task(task, cells, run.seconds) for task in lab.tasks)


def _task(task: Task, cells: dict[str, NotebookNode], seconds: dict[str, float]) -> o.Task:
    solution = cells.get(task.solution)
    if task.manual:
        return _manual(task, solution)
    stopped = _stopped(solution)
    parts = tuple(_part(test, cells[test.id], seconds, stopped) for test in task.tests)
    return o.Task(
        id=task.id,
        title=task.title,
        points=sum(part.points for part in parts),
        max=task.points,
        status=combine(part.status for part in parts),
        parts=parts,
        seconds=round(sum(part.seconds for part in parts) + seconds.get(task.solution, 0), 3),
        problem=problem_of(solution) if solution is not None else "",
    )


def _manual(task: Task, cell: NotebookNode) -> o.Task:
    """A written answer earns nothing yet; where the stub still stands it never will."""
    from nbgrader.utils import determine_grade

    points, most = determine_grade(cell)
    status = Status.TO_GRADE if points is None else Status.NOT_ATTEMPTED
    part = o.Part(id=task.id, points=points or 0, max=most, status=status)
    return o.Task(id=task.id, title=task.title, points=part.points, max=most, status=status, parts=(part,))


def _part(test: Test, cell: NotebookNode, seconds: dict[str, float], stopped: Status | None) -> o.Part:
    enames = errors(cell)
    status = status_of(enames)
    if stopped and status is Status.NOT_ATTEMPTED:
        status = stopped  # the answer isn't there, because the student's own cell never finished
    return o.Part(
        id=test.id,
        points=test.points if status is Status.PASSED else 0,
        max=test.points,
        status=status,
        verdicts=verdicts(cell),
        error=_shorten(enames[0]) if enames else "",
        seconds=seconds.get(test.id, 0),
        fault=_shorten(_traceback(cell)) if status is Status.FAULT else "",
    )


def status_of(enames: list[str]) -> Status:
    """What the errors of a test cell mean."""
    if not enames:
        return Status.PASSED
    found = {STATUS_OF.get(ename, Status.FAULT) for ename in enames}
    return next(status for status in GRAVEST if status in found)


def combine(statuses: Iterable[Status]) -> Status:
    """A task's status from those of its tests. A fault of ours is never hidden behind another status."""
    found = set(statuses)
    if Status.FAULT in found:
        return Status.FAULT
    if Status.PASSED in found:
        return Status.PASSED if len(found) == 1 else Status.PARTLY
    return next(status for status in GRAVEST if status in found)


def errors(cell: NotebookNode) -> list[str]:
    return [output.ename for output in cell.get("outputs", []) if output.output_type == "error"]


def verdicts(cell: NotebookNode) -> tuple[o.Verdict, ...]:
    """The verdicts that a test cell displayed. The student's code runs there too, so they are read with care."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {}).get(VERDICT)
        if isinstance(data, dict):
            title, status = _shorten(data.get("title")), _shorten(data.get("status"))
            found.append(o.Verdict(title=title, status=status, observations=_observations(data)))
    return tuple(found[:20])


def problem_of(cell: NotebookNode) -> str:
    """The error that stopped a student's own cell, as plain text."""
    names = errors(cell)
    return _shorten(_traceback(cell), keep_end=True) if names else ""


def _stopped(solution: NotebookNode | None) -> Status | None:
    """How the student's own cell failed to finish. A stub that raises at the top level is no crash."""
    names = [name for name in errors(solution) if name != "NotImplementedError"] if solution is not None else []
    found = {status if (status := STATUS_OF.get(name)) is Status.TIMED_OUT else Status.CRASHED for name in names}
    return next((status for status in GRAVEST if status in found), None)


def _observations(verdict: dict) -> tuple[o.Observation, ...]:
    seen = verdict.get("observations")
    return tuple(_observation(item) for item in seen[:50] if isinstance(item, dict)) if isinstance(seen, list) else ()


def _observation(data: dict) -> o.Observation:
    words = {key: _shorten(data.get(key)) for key in ("about", "seen", "expected", "why", "next")}
    return o.Observation(ok=data.get("ok") is True, **words, figure=_figure(data.get("figure")))


def _figure(data: object) -> dict | None:
    """The data of a figure, of which only the size is looked at here, and whether it can be written at all."""
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and len(text) <= LARGEST_FIGURE else None


def _traceback(cell: NotebookNode) -> str:
    blocks = ["\n".join(map(str, x.traceback)) for x in cell.get("outputs", []) if x.output_type == "error"]
    return ANSI.sub("", "\n".join(blocks))


def _shorten(value: object, keep_end: bool = False) -> str:
    text = "" if value is None else str(value).encode("utf-8", "replace").decode()  # no lone surrogates
    if len(text) <= LONGEST:
        return text
    return "…" + text[-LONGEST:] if keep_end else text[:LONGEST] + "…"
