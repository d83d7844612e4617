"""The three notebooks of a lesson: the instructor's (nbgrader's source), the student's lab, the solution."""

from __future__ import annotations

import hashlib
import html
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.nbgraderformat import SCHEMA_VERSION
from nbgrader.preprocessors import ComputeChecksums, LockCells, SaveCells

from grader.lessons import choices, preprocessors, regions
from grader.lessons.lesson import CHOICES, Cell, Kind, Lesson
from grader.lessons.lesson import test_id as grade_id_of_test

RUN_ON = "raises-exception"  # Jupyter's own tag: Run All continues after a wrong answer
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def instructor_notebook(lesson: Lesson) -> NotebookNode:
    """What nbgrader calls the source: solutions in their regions, hidden tests and mark schemes."""
    hints, ids = _Hints(lesson), _Ids()
    cells = [ids.give(cell) for written in lesson.cells for cell in _cells(written, hints)]
    notebook = new_notebook(cells=cells, metadata=nbformat.from_dict(_METADATA))
    notebook.nbformat_minor = 5
    return notebook


def student_notebook(lesson: Lesson, instructor: NotebookNode | None = None) -> NotebookNode:
    """The lab: without solutions, hidden tests, mark schemes and outputs, and with nbgrader's checksums.

    `instructor` is the lesson's instructor notebook, if it has been built already; it is not changed.
    """
    steps = [step for step in preprocessors.GENERATE if step is not SaveCells]
    return preprocessors.apply(deepcopy(instructor) if instructor else instructor_notebook(lesson), steps)


def solution_notebook(lesson: Lesson) -> NotebookNode:
    """The solution, not yet executed: without markers, and with its hidden tests visible.

    Its answers keep the checksums of the lab, so that nbgrader sees that they have changed since the hand-out.
    """
    notebook = preprocessors.apply(instructor_notebook(lesson), [LockCells])
    for cell in notebook.cells:
        cell.source = regions.solved(cell.source)
        cell.metadata.pop("tags", None)
    preprocessors.apply(notebook, [ComputeChecksums])
    for cell, released in zip(notebook.cells, student_notebook(lesson).cells, strict=True):
        if released.metadata.get("nbgrader", {}).get("solution"):
            cell.metadata.nbgrader.checksum = released.metadata.nbgrader.checksum
    return notebook


def to_text(notebook: NotebookNode) -> str:
    """The text of the notebook's file. The same notebook always gives the same bytes."""
    return nbformat.writes(notebook, version=4) + "\n"


def _cells(cell: Cell, hints: _Hints) -> Iterator[NotebookNode]:
    """The notebook cells that a lesson's cell becomes."""
    match cell.kind:
        case Kind.TEXT:
            yield new_markdown_cell(cell.source)
        case Kind.CODE:
            yield new_code_cell(cell.source)
        case Kind.HINT:
            yield new_markdown_cell(hints.fold(cell))
        case Kind.EXERCISE:
            yield new_code_cell(cell.source, metadata=_nbgrader(cell.id, solution=True))
        case Kind.MANUAL:
            metadata = _nbgrader(cell.id, cell.points, solution=True)
            yield new_markdown_cell(cell.source, metadata=metadata)
        case Kind.TEST:
            yield _test(cell.grade_id, regions.tidy_hidden(cell.source), cell.points)
        case kind if kind in CHOICES:
            yield new_code_cell(choices.with_regions(cell), metadata=_nbgrader(cell.id, solution=True))
            yield _test(grade_id_of_test(cell.id), choices.test_source(cell), cell.points)


def _test(grade_id: str | None, source: str, points: float | None) -> NotebookNode:
    return new_code_cell(source, metadata={"tags": [RUN_ON], **_nbgrader(grade_id, points)})


def _nbgrader(grade_id: str | None, points: float | None = None, *, solution: bool = False) -> dict:
    """The metadata that nbgrader's Create Assignment toolbar writes.

    An answer cell is a solution, a test cell has points, and a reflection is a solution with points.
    """
    entry = {
        "schema_version": SCHEMA_VERSION,
        "grade_id": grade_id,
        "grade": points is not None,
        "solution": solution,
        "locked": not solution,
        "task": False,
    }
    if points is not None:
        entry["points"] = int(points) if float(points).is_integer() else points
    return {"nbgrader": entry}


class _Hints:
    """Numbers the hints of each exercise and folds them."""

    def __init__(self, lesson: Lesson):
        self._all = Counter(cell.id for cell in lesson.of(Kind.HINT))
        self._seen: Counter[str] = Counter()

    def fold(self, cell: Cell) -> str:
        self._seen[cell.id] += 1
        number, last = self._seen[cell.id], self._all[cell.id]
        name = "a nudge" if number == 1 else "nearly there" if number == last else "a step further"
        summary = html.escape(f"Hint {number} · {name}")
        # Without the blank lines, Markdown inside the element would not be rendered.
        return f"<details><summary>{summary}</summary>\n\n{cell.source}\n\n</details>"


class _Ids:
    """Gives each cell an id that is the same in every build and in all three notebooks."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def give(self, cell: NotebookNode) -> NotebookNode:
        cell.id = cell.metadata.get("nbgrader", {}).get("grade_id") or self._digest(cell)
        return cell

    def _digest(self, cell: NotebookNode) -> str:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        self._seen[digest] += 1
        again = self._seen[digest]
        return digest if again == 1 else f"{digest}-{again}"
