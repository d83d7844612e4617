"""The answer bank: answers as students submit them, and which of them are right."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from grader.errors import UserError
from grader.lessons.lesson import Cell, Kind, Lesson
from grader.lessons.regions import solved, student_copy

ANSWERS = "answers"
OWN = ("solution", "stub")
"""Answers that come from the lesson itself."""


class Label(StrEnum):
    """Whether an answer should keep all its points or lose some."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True)
class Answer:
    """One answer to one exercise. `says` is the first line of its docstring: what the answer shows."""

    exercise: str
    name: str
    deserves: Label
    source: str
    path: str
    says: str


def answers(lesson: Lesson, exercise: Cell) -> list[Answer]:
    """The reference solution, the stub, and all answers in `answers/<exercise>/`.

    Raises UserError for a file that is neither right_*.py nor wrong_*.py, can't be compiled, or has no docstring
    that says what it shows.
    """
    own = [
        Answer(exercise.id, "solution", Label.RIGHT, solved(exercise.source), str(lesson.path), "the solution"),
        Answer(exercise.id, "stub", Label.WRONG, student_copy(exercise.source), str(lesson.path), "the stub"),
    ]
    folder = lesson.path.parent / ANSWERS / exercise.id
    return own + [_read(exercise.id, path) for path in sorted(folder.glob("*.py"))]


def _read(exercise: str, path: Path) -> Answer:
    kind, _, name = path.stem.partition("_")
    if kind not in list(Label) or not name:
        raise UserError(f"{path} is neither a right nor a wrong answer.", "Name it right_<what>.py or wrong_<what>.py.")
    source = path.read_text(encoding="utf-8")
    try:
        says = ast.get_docstring(ast.parse(source))
    except SyntaxError as error:
        raise UserError(f"{path}:{error.lineno}: {error.msg}", "Even a wrong answer has to be valid Python.") from None
    if not says:
        raise UserError(f"{path} doesn't say what it shows.", "Begin it with a docstring of one line.")
    return Answer(exercise, path.stem, Label(kind), source, str(path), says.splitlines()[0])


def exercises(lesson: Lesson, only: str | None = None) -> list[Cell]:
    """The lesson's exercises, or the one called `only`. Raises UserError when no exercise has that name."""
    found = [cell for cell in lesson.of(Kind.EXERCISE) if only in (None, cell.id)]
    if not found:
        names = ", ".join(cell.id for cell in lesson.of(Kind.EXERCISE))
        raise UserError(f"{lesson.name} has no exercise called {only!r}.", f"Its exercises are: {names}.")
    return found
