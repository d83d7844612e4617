"""A lab of four tasks without Keras, and what a class might hand in for it."""

from __future__ import annotations

import json
from copy import deepcopy

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.preprocessors import ClearHiddenTests, ComputeChecksums, LockCells

from grader.grade.lab import Lab

NAME = "00_tiny"
SETUP = """import math
import os

from grader import check, student


def same(about, seen, expected):
    return [check.Observation(about, seen == expected, str(seen), str(expected), f"why of {about}", f"next of {about}")]
"""
STUB = "raise NotImplementedError()"
RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "area": "def area(r):\n    return math.pi * r * r",
    "seeded": "def seeded(n):\n    return n",
}
TESTS = {
    "test_double": """with check.task("Double") as t:
    t.expect(same("double(2)", t.run(student.double, 2), 4))
### BEGIN HIDDEN TESTS
hidden_marker_double = 21
with check.task("Double, other numbers") as t:
    t.expect(same("double(x) of another x", t.run(student.double, hidden_marker_double), 42))
### END HIDDEN TESTS""",
    "test_area": """with check.task("Area") as t:
    t.expect(same("area(1)", round(t.run(student.area, 1), 3), 3.142))""",
    "test_area_zero": """with check.task("Area of nothing") as t:
    t.expect(same("area(0)", t.run(student.area, 0), 0))
### BEGIN HIDDEN TESTS
with check.task("Area of a large circle") as t:
    hidden_marker_area = 10 + math.floor(0.5)
    t.expect(same("area(10)", int(t.run(student.area, hidden_marker_area)), 314))
### END HIDDEN TESTS""",
    "test_seeded": """with check.task("Seeded") as t:
    number = int(check.rng("a number").integers(1000))
    t.expect(same("the number", t.run(student.seeded, number), number))""",
}
POINTS = {"test_double": 2, "test_area": 1, "test_area_zero": 1, "test_seeded": 1}
HIDDEN = ("hidden_marker", "Double, other numbers", "math.floor(0.5)")


def _meta(grade_id, grade=False, solution=False, points=None):
    nbgrader = {"schema_version": 3, "grade_id": grade_id, "grade": grade, "solution": solution}
    nbgrader["locked"] = not solution
    if points is not None:
        nbgrader["points"] = points
    return {"nbgrader": nbgrader}


def instructor() -> nbformat.NotebookNode:
    """The lab with hidden tests; its solution cells hold the stubs."""
    cells = [new_markdown_cell("# Tiny lab", id="title"), new_code_cell(SETUP, id="setup")]
    for name in RIGHT:
        cells.append(new_markdown_cell(f"## Exercise · {name.title()} (2 points)", id=f"text-{name}"))
        stub = f"{RIGHT[name].splitlines()[0]}\n    {STUB}"
        cells.append(new_code_cell(stub, id=name, metadata=_meta(name, solution=True)))
        for test in TESTS:
            if test == f"test_{name}" or test.startswith(f"test_{name}_"):
                meta = _meta(test, grade=True, points=POINTS[test])
                cells.append(new_code_cell(TESTS[test], id=test.replace("_", "-"), metadata=meta))
    cells.append(new_markdown_cell("## Reflection (3 points)", id="text-reflection"))
    meta = _meta("reflection", grade=True, solution=True, points=3)
    cells.append(new_markdown_cell("YOUR ANSWER HERE", id="reflection", metadata=meta))
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
    for preprocessor in (LockCells(), ComputeChecksums()):
        notebook, _ = preprocessor.preprocess(notebook, {})
    return notebook


def released() -> nbformat.NotebookNode:
    notebook = instructor()
    for preprocessor in (ClearHiddenTests(), ComputeChecksums()):
        notebook, _ = preprocessor.preprocess(notebook, {})
    return notebook


def lab(timeout: float = 2) -> Lab:
    return Lab(NAME, "Tiny lab", timeout, instructor(), released())


def answered(answers: dict[str, str] | None = None, **more: str) -> nbformat.NotebookNode:
    """The released notebook with answers filled in by cell id; the right ones unless told."""
    notebook = released()
    answers = {**(RIGHT if answers is None else answers), **more}
    for cell in notebook.cells:
        if cell.id in answers:
            cell.source = answers[cell.id]
    return notebook


def cell(notebook, cell_id):
    return next(c for c in notebook.cells if c.id == cell_id)


def without(notebook, *cell_ids):
    notebook = deepcopy(notebook)
    notebook.cells = [c for c in notebook.cells if c.id not in cell_ids]
    return notebook


def with_cell_after(notebook, cell_id, source, **more):
    notebook = deepcopy(notebook)
    place = next(i for i, c in enumerate(notebook.cells) if c.id == cell_id) + 1
    notebook.cells.insert(place, new_code_cell(source, **more))
    return notebook


def as_bytes(notebook) -> bytes:
    return json.dumps(notebook, indent=1).encode()
