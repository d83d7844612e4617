"""Runs a solution from top to bottom in a new kernel, and keeps only what is the same in every run."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from grader.errors import UserError
from grader.lessons.lesson import CHOICES, Cell, Lesson, test_id
from grader.lessons.outputs import scrub

_IN_CELL = re.compile(r"(?:Cell In\s*\[\d+\]|In\s*\[\d+\]|<ipython-input[^>]*>)[^\n]*?line (\d+)")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def kernel_environment() -> dict[str, str]:
    """The environment in which solutions run: the user's variables, without those that change outputs."""
    dropped = {"NBGRADER_EXECUTION", "NBGRADER_VALIDATING", "MPLBACKEND"}
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    # TensorFlow's C++ side logs errors only; with a fixed hash seed, sets print in the same order every time.
    return kept | {"TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONHASHSEED": "0"}


def execute(notebook: NotebookNode, lesson: Lesson) -> NotebookNode:
    """Runs the notebook in place and returns it with its outputs.

    Raises UserError, with the line of lab.py, when a cell fails or takes longer than the lesson's timeout.
    """
    running: list[NotebookNode] = []
    with tempfile.TemporaryDirectory(prefix="solution-") as folder:
        client = NotebookClient(
            notebook,
            timeout=lesson.timeout,
            kernel_name="python3",
            record_timing=False,
            on_cell_start=lambda cell, cell_index: running.append(cell),
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute(env=kernel_environment(), stderr=subprocess.DEVNULL)
        except CellExecutionError as error:
            raise _failure(lesson, running[-1], error) from None
        except CellTimeoutError:
            what = f"the cell takes longer than the lesson's timeout of {lesson.timeout} s"
            raise _refusal(
                lesson, running[-1], what, "Make the cell faster, or increase `timeout:` in the header."
            ) from None
        except DeadKernelError:
            what = "the kernel died while running this cell"
            raise _refusal(lesson, running[-1], what, "Check whether the cell uses too much memory.") from None
    return _settled(notebook)


def _settled(notebook: NotebookNode) -> NotebookNode:
    """Numbers the cells from 1, cleans their outputs, and removes widget state and run-time metadata."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info = NotebookNode(name="python")
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.metadata.pop("execution", None)
        cell.outputs = scrub(cell.outputs)
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    return notebook


def _failure(lesson: Lesson, cell: NotebookNode, error: CellExecutionError) -> UserError:
    traceback = _ANSI.sub("", error.traceback)
    number = int(found[1]) if (found := _IN_CELL.search(traceback)) else 1
    what = f"the solution fails here: {error.ename}: {error.evalue.strip()}"
    return _refusal(lesson, cell, what, "Fix the lesson: its own solution must run without an error.", number)


def _refusal(lesson: Lesson, cell: NotebookNode, what: str, cure: str, number: int = 1) -> UserError:
    """The error for line `number` (from 1) of a cell of the solution."""
    return UserError(f"{lesson.where(_line(lesson, cell, number))}: {what}", cure)


def _line(lesson: Lesson, cell: NotebookNode, number: int) -> int:
    """The line of lab.py that became line `number` of the notebook's cell.

    The solution has no markers and no stubs, so the line is found by its text.
    """
    text = cell.source.split("\n")[number - 1 : number]
    written = _written(lesson, cell)
    for at, line in enumerate(written.source.split("\n"), 1):
        if [line] == text:
            return written.line_of(at)
    return written.line


def _written(lesson: Lesson, cell: NotebookNode) -> Cell:
    """The cell of the lesson that became this cell of the notebook."""
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    for written in lesson.cells:
        made = {written.grade_id, test_id(written.id)} if written.kind in CHOICES else {written.grade_id}
        if grade_id in made and (grade_id or written.source == cell.source):
            return written
    return lesson.cells[0]
