"""Answers fitted to the visible tests: an argument of the solution is fixed at the value that these tests pass.

Anyone who reads the tests can write such an answer, so a hidden test must pass a different value. What the visible
tests pass is recorded while they run: many numbers are not in a test, but in the oracle that calls the function.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.audit.edits import Edit, Function, Source

OPERATOR = "argument fixed"

Seen = dict[tuple[str, str], set[str]]
"""By function (or class, for its `__init__`) and argument: the values that were passed, as code; "" for anything but
numbers, flags, and text."""


@dataclass(frozen=True)
class Fixed:
    """An edit that fixes an argument of `called`, a function or class of the solution, at this value."""

    called: str
    name: str
    value: str
    edit: Edit


def noting(solution: str, visible: Sequence[str]) -> str:
    """The solution with functions and classes that `note` their arguments, if a visible test names them."""
    for name in {name for half in visible for name in _names(ast.parse(half))}:
        source = Source(solution)
        if function := _functions(source.tree).get(name):
            given = ", ".join(f"{parameter}={parameter}" for parameter in _parameters(function))
            statement = f"__import__({__name__!r}, fromlist=['note']).note({name!r}, {given})"
            solution = source.edited(_at_the_start(source, function, statement))
    return solution


_noted: Seen = {}


def note(called: str, /, **given: object) -> None:
    """Record the arguments of a call. For solutions that `noting` made."""
    for name, value in given.items():
        _noted.setdefault((called, name), set()).add(_plain(value))


def _plain(value: object) -> str:
    finite = type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value))
    return repr(value) if finite else ""


def noted() -> Seen:
    """Everything noted in this process."""
    return _noted


def arguments(solution: Source, seen: Mapping[tuple[str, str], set[str]]) -> Iterator[Fixed]:
    """What can be fixed: each number, flag, or text that was the same in all calls of a function."""
    functions = _functions(solution.tree)
    for (called, name), values in seen.items():
        if len(values) == 1 and (value := next(iter(values))):
            edit = _at_the_start(solution, functions[called], f"{name} = {value}")
            yield Fixed(called, name, value, edit)


def _names(tree: ast.Module) -> Iterator[str]:
    """NAME of each `student.NAME`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "student":
            yield node.attr


def _functions(tree: ast.Module) -> dict[str, Function]:
    """The functions of a solution by name, and the `__init__` of each class by the class's."""
    found = {node.name: node for node in tree.body if isinstance(node, Function)}
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        for own in node.body:
            if isinstance(own, Function) and own.name == "__init__":
                found[node.name] = own
    return found


def _parameters(function: Function) -> list[str]:
    arguments = function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return [argument.arg for argument in every if argument.arg != "self"]


def _at_the_start(source: Source, function: Function, statement: str) -> Edit:
    """The statement before all others of the function, but after its docstring."""
    first = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
    decorators = getattr(first, "decorator_list", ())
    start = source.start(decorators[0]) - len("@") if decorators else source.start(first)
    indent = source.between(source.start(first) - first.col_offset, source.start(first))
    return Edit(start, start, f"{statement}; " if indent.strip() else f"{statement}\n{indent}")
