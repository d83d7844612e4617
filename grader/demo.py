"""`grader demo`: makes a class from a lesson's answer bank, grades it, and compares the scores with the bank."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader.audit.bank import answers, exercises
from grader.errors import UserError
from grader.lessons import notebooks, read_lesson, regions
from grader.lessons.lesson import CHOICES, Kind, Lesson

CRASHING = "    raise RuntimeError('it worked yesterday')"
LOOPING = "    while True:\n        pass"
Deserved = dict[str, str]
"""The points that each exercise should get: "full", "less" (than full) or "nothing"."""


@dataclass(frozen=True)
class Submission:
    """A made-up submission: the text of its file, and the points that each exercise should get."""

    student: str
    text: str
    deserved: Deserved


def make_class(lesson: Lesson) -> list[Submission]:
    """One submission of each kind that occurs in a class.

    Raises UserError if the bank has no right answer or no wrong answer to an exercise.
    """
    names = [cell.id for cell in exercises(lesson)]
    solution = {name: _from_bank(lesson, name, "solution") for name in names}
    another = {name: _from_bank(lesson, name, "right_") for name in names}
    mistakes = {name: _from_bank(lesson, name, "wrong_") for name in names}
    half = dict(list(solution.items())[: len(names) // 2])
    spoilt = min(names, key=lambda name: sum(cell.id == name for cell in lesson.of(Kind.TEST)))
    return [
        submission(lesson, "full_marks", solution, dict.fromkeys(names, "full")),
        submission(lesson, "full_marks_another_way", another, dict.fromkeys(names, "full")),
        submission(lesson, "partly_right", half, {n: "full" if n in half else "nothing" for n in names}),
        submission(lesson, "typical_mistakes", mistakes, dict.fromkeys(names, "less")),
        submission(lesson, "untouched", {}, dict.fromkeys(names, "nothing"), choices=False),
        submission(lesson, "crashing", *_spoilt(lesson, solution, spoilt, CRASHING)),
        submission(lesson, "looping", *_spoilt(lesson, solution, spoilt, LOOPING)),
        submission(lesson, "copied_test_cell", solution, dict.fromkeys(names, "full"), _copy_a_test),
        Submission("broken_file", '{"cells": [', dict.fromkeys(names, "nothing")),
    ]


def write_class(submissions: list[Submission], lesson: Lesson, folder: Path) -> None:
    """Write the class as `folder/STUDENT/LAB.ipynb`. An existing folder is replaced."""
    shutil.rmtree(folder, ignore_errors=True)
    for submission in submissions:
        path = folder / submission.student / f"{lesson.name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(submission.text, encoding="utf-8")


def disagreements(submissions: list[Submission], outcomes_folder: Path) -> list[str]:
    """The exercises whose points differ from those that they should get."""
    found = []
    for submission in submissions:
        outcome = json.loads((outcomes_folder / f"{submission.student}.json").read_text())
        tasks = {task["id"]: task for task in outcome["tasks"]}
        for exercise, deserved in submission.deserved.items():
            points, most = tasks[exercise]["points"], tasks[exercise]["max"]
            right = {"full": points == most, "less": points < most, "nothing": points == 0}[deserved]
            if not right:
                found.append(f"{submission.student}, {exercise}: {points:g} of {most:g}, should be {deserved}")
    return found


def _from_bank(lesson: Lesson, exercise: str, prefix: str) -> str:
    """The first answer to the exercise whose name begins with `prefix`, without the docstring that explains it."""
    (cell,) = exercises(lesson, exercise)
    found = next((a for a in answers(lesson, cell) if a.name.startswith(prefix)), None)
    if found is None:
        raise UserError(
            f"The bank of {lesson.name}/{exercise} has no {prefix}*.py.", "Write one: see course/authoring.md."
        )
    return found.source if prefix == "solution" else without_docstring(found.source)


def without_docstring(source: str) -> str:
    first = ast.parse(source).body[0]
    return "\n".join(source.splitlines()[first.end_lineno :]).strip("\n")


def _spoilt(lesson: Lesson, solution: dict[str, str], exercise: str, body: str) -> tuple[dict[str, str], Deserved]:
    """Right answers to all exercises but one, whose function has `body` instead."""
    (cell,) = exercises(lesson, exercise)
    head = regions.student_copy(cell.source).split("\n")
    signature = next(line for line in head if line.startswith("def "))
    deserved = {name: "nothing" if name == exercise else "full" for name in solution}
    return {**solution, exercise: f"{signature}\n{body}"}, deserved


def submission(
    lesson: Lesson,
    student: str,
    sources: dict[str, str],
    deserved: Deserved,
    change: Callable[[NotebookNode], None] = lambda notebook: None,
    choices: bool = True,
) -> Submission:
    """The lab as this student submits it. With `choices`, predictions, quizzes and reflections are the solution's."""
    notebook = notebooks.student_notebook(lesson)
    solved = {cell.id: cell for cell in notebooks.solution_notebook(lesson).cells}
    kept = {cell.grade_id for cell in lesson.of(*CHOICES, Kind.MANUAL)} if choices else set()
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in sources:
            cell.source = sources[grade_id]
        elif grade_id in kept:
            cell.source = solved[cell.id].source
    change(notebook)
    return Submission(student, nbformat.writes(notebook), deserved)


def _copy_a_test(notebook: NotebookNode) -> None:
    """Copy and paste the first test cell, as students do to try something in a copy of an exercise."""
    at = next(i for i, cell in enumerate(notebook.cells) if cell.metadata.get("nbgrader", {}).get("points"))
    twin = deepcopy(notebook.cells[at])
    twin.id = f"{twin.id}-copy"
    notebook.cells.insert(at + 1, twin)


def run(lab: Path, folder: Path, seed: int, timeout: float) -> int:
    """Make the class, grade it, write its feedback pages, and compare with the bank. Returns the exit code."""
    from rich.console import Console

    from grader.grade.command import Options, grade
    from grader.report.command import feedback

    console = Console(highlight=False)
    lesson = read_lesson(lab)
    submissions = make_class(lesson)
    handed_in, course = folder / "handed_in", folder / "classroom"
    shutil.rmtree(course, ignore_errors=True)
    write_class(submissions, lesson, handed_in)
    console.print(f"{len(submissions)} made-up submissions of {lesson.name}, in {handed_in}/")
    ours = Options(allow_unsandboxed=True)  # the submissions are our own
    failed = grade(lesson.name, handed_in, course, timeout=timeout, seed=seed, console=console, options=ours)
    feedback(lesson.name, course, console=console)
    wrong = disagreements(submissions, course / "outcomes" / lesson.name)
    for line in wrong:
        console.print(f"✗ {line}", style="red", markup=False)
    if not wrong:
        console.print("✓ every score agrees with the answer bank", style="green")
    return int(bool(failed or wrong))
