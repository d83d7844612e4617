"""Rules for exercises: a solution is inside functions, and its stub matches it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from grader.lessons import regions
from grader.lessons.lesson import Cell, Kind, Lesson
from grader.lessons.problem import Problem, called, readable, syntax_error

RESEMBLANCE = 0.4  # the smallest share of lines that a broken listing must have in common with its solution
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def solution_regions(lesson: Lesson) -> Iterator[Problem]:
    """The solution of an exercise is in regions inside functions or methods, so that its stub never stops Run All."""
    for cell in lesson.of(Kind.EXERCISE):
        if not readable(cell):
            continue
        found = regions.solutions(cell.source)
        if not found:
            cure = "Enclose the lines for the student to write in `### BEGIN SOLUTION` and `### END SOLUTION`."
            yield Problem(cell.line, f"{called(cell)} has no solution region", cure)
        outside = [region for region in found if not _inside_function(cell, region)]
        for region in outside:
            yield Problem(
                cell.line_of(region.begin),
                f"the solution region of {called(cell)} is outside a function or method",
                "Move the region into a function's body: anywhere else its stub would stop Run All.",
            )
        for region in found:
            yield from _stub_problems(cell, region)
        if found and not outside:
            yield from _copy_problems(cell, cell.line_of(found[0].begin))


def _copy_problems(cell: Cell, line: int) -> Iterator[Problem]:
    copy = regions.student_copy(cell.source)
    if error := syntax_error(copy):
        what = f"the student's copy of {called(cell)} is not valid Python: {error.msg}"
        cure = "Enclose whole statements in the region, and write a stub that is valid Python once it is uncommented."
        yield Problem(line, what, cure)
    elif any(isinstance(node, ast.Raise) for node in _outside_functions(ast.parse(copy))):
        what = f"the student's copy of {called(cell)} raises outside a function"
        yield Problem(line, what, "Indent the stub like the solution: otherwise it stops Run All.")


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, _Function):
            yield child
            yield from _outside_functions(child)


def _inside_function(cell: Cell, region: regions.Region) -> bool:
    """Whether everything in the region belongs to the body of one function."""
    tree = ast.parse(cell.source)
    functions = [n for n in ast.walk(tree) if isinstance(n, _Function)]
    inside = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and region.begin < node.lineno < region.end]
    return bool(inside) and any(
        function.lineno < region.begin
        and all(function.body[0].lineno <= s.lineno and _last_line(s) <= _last_line(function) for s in inside)
        and min(len(region.indent), *(s.col_offset for s in inside)) > function.col_offset
        for function in functions
    )


def _last_line(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno  # what was parsed has both


def _stub_problems(cell: Cell, region: regions.Region) -> Iterator[Problem]:
    if region.given is None:
        return
    at = cell.line_of(region.given_at)
    lines = cell.source.split("\n")
    for number in range(region.given_at + 1, region.end):
        if (line := lines[number - 1].strip()) and not line.startswith("#"):
            cure = "Write every line of a stub as a comment; the builder uncomments it."
            yield Problem(cell.line_of(number), f"`{line}` in a stub is not a comment", cure)
    if region.broken:
        yield from _broken_problems(cell, region, at)
        return
    if not any(map(regions.gives_up, region.given)):
        cure = "Add `# raise NotImplementedError()` to the stub: it shows a check that nothing was attempted."
        yield Problem(at, f"the stub of {called(cell)} does not raise NotImplementedError", cure)
    for offset, line in _unmatched(region.given, region.solution):
        yield Problem(
            at + 1 + offset,
            f"the stub of {called(cell)} no longer matches its solution: `{line}`",
            "Write the lines as in the solution, in its order, with ... for what the student has to fill in.",
        )


def _unmatched(stub: list[str], solution: list[str]) -> Iterator[tuple[int, str]]:
    """The lines of the stub that match no line of the solution after the previous match."""
    rest = [line.strip() for line in solution]
    for offset, line in enumerate(stub):
        text = line.strip()
        if not text or text.startswith("#") or regions.gives_up(text):
            continue
        pattern = re.compile(".*".join(map(re.escape, text.split("..."))))
        at = next((i for i, candidate in enumerate(rest) if pattern.fullmatch(candidate)), None)
        if at is None:
            yield offset, text
        else:
            rest = rest[at + 1 :]


def _broken_problems(cell: Cell, region: regions.Region, at: int) -> Iterator[Problem]:
    broken, solution = _essence(region.given or []), _essence(region.solution)
    ratio = SequenceMatcher(None, broken, solution, autojunk=False).ratio()
    if broken == solution:
        cure = "Introduce an error, or use `### STUB`."
        yield Problem(at, f"the broken listing of {called(cell)} equals its solution", cure)
    elif ratio < RESEMBLANCE:
        yield Problem(
            at,
            f"the broken listing of {called(cell)} does not resemble its solution "
            f"({ratio:.0%} of the lines agree, at least {RESEMBLANCE:.0%} must)",
            "Update the two listings so that they agree line by line, except for the errors.",
        )


def _essence(lines: list[str]) -> list[str]:
    stripped = [line.strip() for line in lines]
    return [line for line in stripped if line and not line.startswith("#") and not regions.gives_up(line)]
