"""Predictions and quizzes: cells in which a student chooses one of several options.

A prediction earns its points right or wrong; a quiz only when it is right.
"""

from __future__ import annotations

import ast
import re

from grader.lessons.lesson import Cell, Kind
from grader.lessons.regions import HIDDEN, SOLUTION, STUB

_OPTION = re.compile(r"^# ([a-z])\) \S")


def options(cell: Cell) -> str:
    """The letters of the options, read from the comment lines `# a) …`: `"abc"`."""
    return "".join(found[1] for line in cell.source.split("\n") if (found := _OPTION.match(line)))


def answers(cell: Cell) -> dict[str, tuple[object, int]]:
    """The value assigned to each name, and the line of the cell that assigns it.

    Raises ValueError, with the line as its second argument, for anything but `name = literal` on one line.
    """
    found: dict[str, tuple[object, int]] = {}
    for node in ast.parse(cell.source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)) if (
                node.lineno == node.end_lineno
            ):
                found[name] = value, node.lineno
            case _:
                raise ValueError('only lines like `answer = "b"` are allowed here', node.lineno)
    return found


def with_regions(cell: Cell) -> str:
    """The cell as in the instructor's notebook: each answer in a solution region whose stub is `name = ...`."""
    lines = cell.source.split("\n")
    for name, (_, number) in answers(cell).items():
        stub = [f"### BEGIN {SOLUTION}", lines[number - 1], STUB, f"# {name} = ...", f"### END {SOLUTION}"]
        lines[number - 1] = "\n".join(stub)
    return "\n".join(lines)


def test_source(cell: Cell) -> str:
    """The tests that follow the cell: one of the options was chosen and, hidden and for a quiz only, the right one."""
    offered = options(cell)
    asked = [f'check.choice("{name}", student.{name}, options="{offered}"' for name in answers(cell)]
    visible = [call + ")" for call in asked]
    if cell.kind is Kind.PREDICT:
        return "\n".join(visible)
    right = [f'{call}, answer="{value}")' for call, (value, _) in zip(asked, answers(cell).values(), strict=True)]
    return "\n".join([*visible, f"### BEGIN {HIDDEN}", *right, f"### END {HIDDEN}"])
