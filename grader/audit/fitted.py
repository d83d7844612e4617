"""Answers fitted to the visible tests: an argument of the solution fixed at the value that they happen to use.

Whoever reads the tests can write such an answer; it is for the hidden ones to ask with another value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.audit.edits import Edit, Function, Source

OPERATOR = "argument fixed"


@dataclass(frozen=True)
class Fixed:
    """An edit that gives an argument of `called`, a function or class of the solution, this value always."""

    called: str
    name: str
    value: str
    edit: Edit


def arguments(solution: Source, visible: Sequence[str]) -> Iterator[Fixed]:
    """What can be fixed: each number, flag or text that is the same in all calls of a function in the visible tests.

    `visible` are the visible halves of the exercise's test cells, in which the solution is called as `student.NAME(…)`
    or `task.run(student.NAME, …)`.
    """
    calls = [call for half in visible for call in _calls(ast.parse(half))]
    for name, function in _functions(solution.tree).items():
        parameters = [p for p in (*function.args.posonlyargs, *function.args.args) if p.arg != "self"]
        known = {p.arg for p in (*parameters, *function.args.kwonlyargs)}
        given = [_by_name(call, [p.arg for p in parameters]) for called, call in calls if called == name]
        for parameter in dict.fromkeys(argument for call in given for argument in call if argument in known):
            values = {ast.unparse(call[parameter]) if parameter in call else "" for call in given}
            value = values.pop()
            if not values and _is_plain(value):
                yield Fixed(name, parameter, value, _at_the_start(solution, function, f"{parameter} = {value}"))


@dataclass(frozen=True)
class _Call:
    places: tuple[ast.expr, ...]
    keywords: tuple[ast.keyword, ...]


def _calls(tree: ast.Module) -> Iterator[tuple[str, _Call]]:
    """What of the student's is called, and with what."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            runs = isinstance(node.func, ast.Attribute) and node.func.attr == "run" and bool(node.args)
            called, places = (node.args[0], node.args[1:]) if runs else (node.func, node.args)
            if name := _students(called):
                yield name, _Call(tuple(places), tuple(node.keywords))


def _students(node: ast.expr) -> str:
    """NAME for `student.NAME`, nothing for anything else."""
    is_one = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "student"
    return node.attr if is_one else ""


def _by_name(call: _Call, parameters: Sequence[str]) -> dict[str, ast.expr]:
    by_place: dict[str, ast.expr] = {}
    for parameter, value in zip(parameters, call.places, strict=False):
        if isinstance(value, ast.Starred):
            break
        by_place[parameter] = value
    return by_place | {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def _functions(tree: ast.Module) -> dict[str, Function]:
    """The functions of a solution by name, and the `__init__` of each class by the class's."""
    found = {node.name: node for node in tree.body if isinstance(node, Function)}
    for node in tree.body:
        for own in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(own, Function) and own.name == "__init__":
                found[node.name] = own
    return found


def _is_plain(value: str) -> bool:
    """Whether a piece of code is a number, a flag or a text."""
    try:
        return isinstance(ast.literal_eval(value), int | float | str) if value else False
    except ValueError:
        return False


def _at_the_start(source: Source, function: Function, statement: str) -> Edit:
    """The statement before all others of the function, its docstring apart."""
    first = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
    decorators = getattr(first, "decorator_list", ())
    start = source.start(decorators[0]) - len("@") if decorators else source.start(first)
    return Edit(start, start, f"{statement}\n{' ' * first.col_offset}")
