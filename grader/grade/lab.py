"""What grading needs to know about a lab: its official notebook, and the tasks and tests in it."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nbformat import NotebookNode


@dataclass(frozen=True)
class Test:
    """A test cell, which gives all of its points or none."""

    __test__ = False  # for pytest, which collects classes of this name

    id: str
    points: float


@dataclass(frozen=True)
class TaskSpec:
    """One exercise, prediction, quiz or written answer, and the tests that give its points.

    `solution` is the grade_id of the cell that the student fills in. `manual` tasks are graded by hand; their
    solution cell is their only test.
    """

    id: str
    title: str
    tests: tuple[Test, ...]
    solution: str | None
    manual: bool = False

    @property
    def points(self) -> float:
        return sum(test.points for test in self.tests)


@dataclass(frozen=True)
class Lab:
    """A lab: its author's notebook (`instructor`) and the students' hand-out (`released`)."""

    name: str
    title: str
    timeout: float
    instructor: NotebookNode
    released: NotebookNode

    @cached_property
    def official(self) -> NotebookNode:
        """The notebook that answers are put into for grading: stubs as released, tests with their hidden parts."""
        return official_notebook(self.instructor, self.released)

    @property
    def setup(self) -> str:
        """The source of the lesson's first code cell."""
        cell = setup_cell(self.official)
        return cell.source if cell else ""

    @cached_property
    def tasks(self) -> tuple[TaskSpec, ...]:
        return find_tasks(self.official)


def load_lab(folder: Path) -> Lab:
    """The lab that the lesson in `folder` describes."""
    from grader import lessons
    from grader.lessons import notebooks

    lesson = lessons.read_lesson(folder)
    instructor = notebooks.instructor_notebook(lesson)
    return Lab(
        name=lesson.name,
        title=lesson.title,
        timeout=float(lesson.timeout),
        instructor=instructor,
        released=notebooks.student_notebook(lesson, instructor),
    )


def nbgrader_of(cell: NotebookNode) -> dict:
    """The cell's nbgrader metadata; empty for a cell without any."""
    return cell.metadata.get("nbgrader") or {}


def grade_id(cell: NotebookNode) -> str | None:
    return nbgrader_of(cell).get("grade_id")


def is_solution(cell: NotebookNode) -> bool:
    return bool(nbgrader_of(cell).get("solution"))


def is_test(cell: NotebookNode) -> bool:
    """A cell whose points come from running it."""
    return bool(nbgrader_of(cell).get("grade")) and not is_solution(cell)


def setup_cell(notebook: NotebookNode) -> NotebookNode | None:
    """The first code cell: the imports that tests rely on."""
    return next((cell for cell in notebook.cells if cell.cell_type == "code"), None)


def normal(source: str) -> str:
    """A cell's text without white space at the ends of lines, which editors change automatically."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def official_notebook(instructor: NotebookNode, released: NotebookNode) -> NotebookNode:
    """The released notebook with the complete tests, hidden parts included, and matching checksums."""
    from nbgrader.preprocessors import ComputeChecksums

    tests = {grade_id(cell): cell.source for cell in instructor.cells if is_test(cell)}
    official = deepcopy(released)
    for cell in official.cells:
        if is_test(cell):
            cell.source = tests[grade_id(cell)]
    official, _ = ComputeChecksums().preprocess(official, {})
    return official


def find_tasks(official: NotebookNode) -> tuple[TaskSpec, ...]:
    """The tasks of a lab, in the lab's order."""
    solutions = {grade_id(cell): cell for cell in official.cells if is_solution(cell)}
    titles = _titles(official)
    tests: dict[str, list[Test]] = {}
    for cell in official.cells:
        if not nbgrader_of(cell).get("grade"):
            continue
        name = grade_id(cell)
        task = name if name in solutions else task_of(name, solutions)
        tests.setdefault(task, []).append(Test(name, float(nbgrader_of(cell)["points"])))
    return tuple(
        TaskSpec(
            id=task,
            title=titles.get(task, task),
            tests=tuple(parts),
            solution=task if task in solutions else None,
            manual=task in solutions and bool(nbgrader_of(solutions[task]).get("grade")),
        )
        for task, parts in tests.items()
    )


def task_of(test_id: str, solutions: dict[str, NotebookNode]) -> str:
    """`heads` for `test_heads` and `test_heads_multiclass`, where `heads` is a solution cell."""
    name = test_id.removeprefix("test_")
    owners = [s for s in solutions if name == s or name.startswith(f"{s}_")]
    return max(owners, key=len, default=name)


def _titles(notebook: NotebookNode) -> dict[str, str]:
    """Each solution cell's title: the last heading above it; the id is added where several share one."""
    heading, above = "", {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not is_solution(cell):
            found = re.findall(r"^#{2,4}\s+(.+)$", cell.source, re.MULTILINE)
            heading = re.sub(r"\s*\([\d.]+ points?\b[^)]*\)\s*$", "", found[-1]).strip() if found else heading
        elif is_solution(cell):
            above[grade_id(cell)] = heading
    headings = list(above.values())
    return {
        name: f"{title} · {name}" if title and headings.count(title) > 1 else title or name
        for name, title in above.items()
    }
