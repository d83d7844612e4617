"""A reason to refuse a lesson, and what all rules need to look at a cell."""

from __future__ import annotations

from dataclasses import dataclass

from grader.lessons import regions
from grader.lessons.lesson import Cell


@dataclass(frozen=True, order=True)
class Problem:
    """One reason to refuse a lesson; `line` counts in the file."""

    line: int
    what: str
    cure: str


def readable(cell: Cell) -> bool:
    """Whether the cell can be looked into: other rules say what keeps one from it."""
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
