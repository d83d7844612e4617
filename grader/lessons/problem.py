"""A reason to refuse a lesson, and helpers that all rules share."""

from __future__ import annotations

from dataclasses import dataclass

from grader.lessons import regions
from grader.lessons.lesson import Cell


@dataclass(frozen=True, order=True)
class Problem:
    """One reason to refuse a lesson. `line` is a line of the file, from 1."""

    line: int
    what: str
    cure: str


def readable(cell: Cell) -> bool:
    """Whether the cell is code that can be parsed. If it is not, other rules report why."""
    return not cell.markdown and syntax_error(cell.source) is None and not any(regions.mistakes(cell.source))


def syntax_error(source: str) -> SyntaxError | None:
    try:
        compile(source, "lab.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    return None


def called(cell: Cell) -> str:
    name = cell.tags.get(cell.kind)
    return f'{cell.kind} "{name}"' if isinstance(name, str) else f"the {cell.kind}"
