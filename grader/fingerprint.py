"""What a result rests on, summed up so that the result can be kept until something of it has changed.

A fingerprint has parts, each a hash, so that a message can say which one changed. Prose (comments, docstrings, the
text between cells) is in none of them, because no result depends on it.
"""

from __future__ import annotations

import ast
import json
import random
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from grader.closure import normalized, ours, parsed, short
from grader.lessons import regions
from grader.lessons.lesson import Cell, Kind, Lesson

Fingerprint = dict[str, Any]
"""By part: a hash; for `libraries`, the version of each."""

LIBRARIES = ("keras", "tensorflow", "numpy", "scikit-learn")
SHOWN_BY = ("matplotlib",)
"""What the outputs of a notebook also depend on."""
ON_SCREEN = ("display",)
"""The module that only puts a verdict on the screen: its looks change the outputs of a notebook, but no rate."""
WORDS = {
    "cells": "its set-up, exercise, or tests",
    "answers": "its answers, mutants, or the solutions that it builds on",
    "code": "the code that its checks use",
    "source": "its cells",
    "outputs": "its committed outputs",
}


def cells(lesson: Lesson, exercise: Cell) -> str:
    """Changes with the set-up cell, the exercise, and its tests, and with nothing else in the lesson."""
    tests = []
    for cell in tests_of(lesson, exercise):
        tests += [cell.part, _code(cell.source), _code(regions.visible_part(cell.source))]
    return short(_code(_setup(lesson)), *_sides(exercise), *tests)


def _setup(lesson: Lesson) -> str:
    return lesson.setup.source if lesson.setup else ""


def of_exercise(lesson: Lesson, exercise: Cell, answers: Mapping[str, str], more: Iterable[str] = ()) -> Fingerprint:
    """What the verdicts on `answers` (name → source) rest on; `more` is anything else that they depend on."""
    named = {name: _code(source) for name, source in answers.items()}
    tests = [cell.source for cell in tests_of(lesson, exercise)]
    sources = [_setup(lesson), regions.solved(exercise.source), *tests, *answers.values()]
    others = _built_on(lesson, exercise, sources)
    return {
        "cells": cells(lesson, exercise),
        "answers": short(json.dumps(named, sort_keys=True), *map(_code, others), *more),
        "code": ours().digest([*sources, *others], without=ON_SCREEN),
        "libraries": versions(),
    }


def of_solution(notebook: Path) -> Fingerprint:
    """What the outputs of an executed notebook rest on, and those outputs."""
    from grader.paths import SANITIZE

    found = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in found if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in code]
    scrub = "from grader.lessons.outputs import scrub\nscrub"
    return {
        "source": short(*map(_code, sources)),
        "outputs": short(json.dumps([cell["outputs"] for cell in code], sort_keys=True)),
        "code": short(ours().digest([*sources, scrub]), SANITIZE.read_bytes()),
        "libraries": versions(LIBRARIES + SHOWN_BY),
    }


def changes(before: Mapping[str, Any] | None, now: Fingerprint) -> list[str]:
    """In words, what of a fingerprint is no longer as it was; nothing where all of it is."""
    if not before:
        return ["everything"]
    found = [WORDS[part] for part in now if part != "libraries" and before.get(part) != now[part]]
    known = before.get("libraries", {})
    found += [
        f"{name} ({known.get(name, 'none')} → {v})" for name, v in now["libraries"].items() if known.get(name) != v
    ]
    return found


def drawn(name: str, share: float, draw: int) -> bool:
    """Whether a random share holds the thing of this name; the same number always draws the same share."""
    return random.Random(f"{draw}/{name}").random() < share


def tests_of(lesson: Lesson, exercise: Cell) -> list[Cell]:
    return [cell for cell in lesson.of(Kind.TEST) if cell.id == exercise.id]


@cache
def versions(libraries: tuple[str, ...] = LIBRARIES) -> dict[str, str]:
    """The versions installed of the libraries that results depend on most."""
    return {name: _version(name) for name in libraries}


def _version(name: str) -> str:
    for distribution in (name, f"{name}-cpu"):
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return "none"


@cache
def _code(source: str) -> str:
    """A cell without its comments; a stub that isn't Python yet as it is."""
    try:
        return normalized(parsed(source))
    except SyntaxError:
        return source


def _sides(exercise: Cell) -> tuple[str, str]:
    """The exercise as it is solved and as a student gets it."""
    return _code(regions.solved(exercise.source)), _code(regions.student_copy(exercise.source))


def _built_on(lesson: Lesson, exercise: Cell, sources: Iterable[str]) -> list[str]:
    """The solutions of other exercises that the sources name, directly or through one another."""
    waiting = {cell.id: regions.solved(cell.source) for cell in lesson.of(Kind.EXERCISE) if cell.id != exercise.id}
    names, found = _names(sources), {}
    while reached := [id for id, source in waiting.items() if _defined(source) & names]:
        for id in reached:
            found[id] = waiting.pop(id)
            names |= _names([found[id]])
    return [found[id] for id in sorted(found)]


def _names(sources: Iterable[str]) -> set[str]:
    """Every name and attribute in the sources."""
    nodes = [node for source in sources for node in ast.walk(parsed(source))]
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def _defined(source: str) -> set[str]:
    """What a cell defines at its top level."""
    found = set()
    for node in parsed(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            found |= {
                each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            }
    return found
