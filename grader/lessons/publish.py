"""Writes a lesson's lab and executed solution, or reports where the committed ones are out of date."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader import paths
from grader.lessons import read_lesson
from grader.lessons.execute import execute
from grader.lessons.notebooks import solution_notebook, student_notebook, to_text


class Written(StrEnum):
    """What happened to a file."""

    NEW = "written"
    SAME = "unchanged"
    LEFT = "left out of date (--no-execute)"


@dataclass(frozen=True)
class Build:
    """The result of building one lesson."""

    lab: Written
    solution: Written
    executed: bool


def build(folder: Path, *, run: bool = True, force: bool = False) -> Build:
    """Writes the lab and the solution of the lesson in `folder`.

    The solution is executed when the code of its cells has changed, or with `force`; otherwise its outputs are kept.
    With `run=False`, a solution that needs to be executed is not written.
    Raises UserError when the lesson breaks a rule or its solution fails. Nothing is written in that case.
    """
    lesson = read_lesson(folder)
    lab, solution = student_notebook(lesson), solution_notebook(lesson)
    old = _read(paths.solution_path(folder))
    fresh = force or not _same_code(old, solution)
    if old is not None and not fresh:
        solution = _with_outputs(solution, old)
    elif run:
        solution = execute(solution, lesson)
    written = write(paths.lab_path(folder), to_text(lab))
    if fresh and not run:
        return Build(written, Written.LEFT, False)
    return Build(written, write(paths.solution_path(folder), to_text(solution)), fresh)


def differences(folder: Path) -> list[str]:
    """How the committed lab and solution differ from what would be built now. Writes nothing.

    Labs are compared byte by byte, solutions without their outputs, which `grader validate` compares.
    """
    lesson = read_lesson(folder)
    lab, solution = paths.lab_path(folder), paths.solution_path(folder)
    wanted = student_notebook(lesson)
    found = list(_differences(lab, wanted))
    if not found and lab.read_bytes() != to_text(wanted).encode():
        found = [f"{_shown(lab)} · the cells agree, but another program wrote the file\n"]
    return found + list(_differences(solution, solution_notebook(lesson)))


def write(path: Path, text: str) -> Written:
    """Writes the text to the file, completely or not at all. A file with the same content is not touched."""
    data = text.encode()
    if path.is_file() and path.read_bytes() == data:
        return Written.SAME
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return Written.NEW


def _read(path: Path) -> NotebookNode | None:
    """The committed notebook; None if it is missing or cannot be read."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError):  # nbformat's own errors are ValueErrors
        return None


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _same_code(old: NotebookNode | None, new: NotebookNode) -> bool:
    """Whether the old notebook was executed with exactly the code of the new one."""
    if old is None or any(cell.execution_count is None for cell in _code(old)):
        return False
    return [cell.source for cell in _code(old)] == [cell.source for cell in _code(new)]


def _with_outputs(new: NotebookNode, old: NotebookNode) -> NotebookNode:
    for cell, before in zip(_code(new), _code(old), strict=True):
        cell.outputs, cell.execution_count = before.outputs, before.execution_count
    return new


def _differences(path: Path, wanted: NotebookNode) -> Iterator[str]:
    """A unified diff for each cell of the file that differs from the notebook wanted."""
    committed = _read(path)
    if committed is None:
        yield f"{_shown(path)} · is missing, or is not a notebook\n"
        return
    for number, name, before, after in _paired(committed.cells, wanted.cells):
        if before != after:
            diff = unified_diff(before, after, "committed", "from lab.py", lineterm="")
            yield "\n".join([f"{_shown(path)} · cell {number} ({name})", *diff, ""])
    if committed.metadata != wanted.metadata:
        yield f"{_shown(path)} · the notebook's metadata is {json.dumps(committed.metadata, sort_keys=True)}\n"


def _paired(old: list[NotebookNode], new: list[NotebookNode]) -> Iterator[tuple[int, str, list[str], list[str]]]:
    """The number and id of each cell, and its lines in both notebooks; no lines where it is missing."""
    before, after = ([str(cell.get("id")) for cell in cells] for cells in (old, new))
    for _, i, end_i, j, end_j in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        for a, b in zip_longest(old[i:end_i], new[j:end_j]):
            i, j = i + (a is not None), j + (b is not None)
            yield j if b else i, str((b or a).get("id")), _listing(a) if a else [], _listing(b) if b else []


def _listing(cell: NotebookNode) -> list[str]:
    """The cell as lines to compare: its type, id and metadata on the first, then its source."""
    head = f"[{cell.cell_type} {cell.get('id')}] {json.dumps(cell.metadata, sort_keys=True)}"
    return [head, *cell.source.split("\n")]


def _shown(path: Path) -> str:
    return str(path.relative_to(paths.ROOT)) if path.is_relative_to(paths.ROOT) else str(path)
