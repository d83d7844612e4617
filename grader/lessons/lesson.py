"""Reads a lesson (`lab.py`, in Jupytext's percent format) into cells that know their kind, their id and their line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from grader import paths
from grader.errors import UserError

DEFAULT_TIMEOUT = 60
_FORMAT = {"extension": ".py", "format_name": "percent", "comment_magics": False}
_CELL = re.compile(r"^# ?%%(?:\s|\[|$)")
_FENCE = "# ---"


class Kind(StrEnum):
    """What a cell is for. All kinds but the first two are written as a tag, `# %% exercise="heads"`."""

    TEXT = "text"
    CODE = "code"
    EXERCISE = "exercise"
    TEST = "test"
    HINT = "hint"
    PREDICT = "predict"
    QUIZ = "quiz"
    MANUAL = "manual"


TAGGED = frozenset(Kind) - {Kind.TEXT, Kind.CODE}
ON_MARKDOWN = frozenset({Kind.TEXT, Kind.HINT, Kind.MANUAL})
CHOICES = frozenset({Kind.PREDICT, Kind.QUIZ})
GRADED = frozenset({Kind.TEST, Kind.PREDICT, Kind.QUIZ, Kind.MANUAL})
SOLVED = frozenset({Kind.EXERCISE, Kind.PREDICT, Kind.QUIZ, Kind.MANUAL})


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson.

    `line` is the line of its `# %%` in the file, `first` the line where its source begins (both from 1).
    `tags` are the tags exactly as written, so that the rules can report wrong ones.
    """

    markdown: bool
    tags: Mapping[str, Any] = field(hash=False)
    source: str
    line: int
    first: int

    @cached_property
    def kind(self) -> Kind:
        for kind in Kind:
            if kind in TAGGED and kind in self.tags:
                return kind
        return Kind.TEXT if self.markdown else Kind.CODE

    @property
    def _name(self) -> str:
        name = self.tags.get(self.kind)
        return name if isinstance(name, str) else ""

    @property
    def id(self) -> str:
        """The id of the exercise, prediction, quiz or reflection that the cell belongs to."""
        return self._name.partition("/")[0] if self.kind is Kind.TEST else self._name

    @property
    def part(self) -> str:
        """`multiclass` in `test="heads/multiclass"`; empty for a test without a part."""
        return self._name.partition("/")[2] if self.kind is Kind.TEST else ""

    @property
    def points(self) -> float | None:
        """What the cell is worth; None if no points, or no usable number, are written."""
        points = self.tags.get("points")
        if not isinstance(points, int | float) or isinstance(points, bool):
            return None
        return points if math.isfinite(points) and points > 0 else None

    @property
    def grade_id(self) -> str | None:
        """nbgrader's id of the cell; None for cells that nbgrader ignores."""
        if self.kind is Kind.TEST:
            return test_id(self._name)
        return self.id if self.kind in SOLVED else None

    def line_of(self, number: int) -> int:
        """The line of the file that holds line `number` (from 1) of the source."""
        return self.first + number - 1


def test_id(name: str) -> str:
    """The grade_id of the test cell called `name`: `heads/multiclass` → `test_heads_multiclass`."""
    return "test_" + name.replace("/", "_")


@dataclass(frozen=True)
class Lesson:
    """A lesson as written. `header` holds the entries under `lesson:` in the YAML header."""

    path: Path
    header: Mapping[str, Any] = field(hash=False)
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return self.path.parent.name

    @property
    def title(self) -> str:
        return self.header["title"]

    @property
    def minutes(self) -> int:
        return self.header["minutes"]

    @property
    def timeout(self) -> int:
        """The time limit for one cell, in seconds."""
        return self.header.get("timeout", DEFAULT_TIMEOUT)

    @property
    def setup(self) -> Cell | None:
        """The first code cell. Tests may use what it defines."""
        return next((cell for cell in self.cells if not cell.markdown), None)

    def of(self, *kinds: Kind) -> Iterator[Cell]:
        return (cell for cell in self.cells if cell.kind in kinds)

    def where(self, line: int) -> str:
        """`course/modules/01_lifecycle/lab.py:41`."""
        return f"{_shown(self.path)}:{line}"


def parse(folder: Path) -> Lesson:
    """The lesson in `folder`, not yet checked against the rules.

    Raises UserError when there is no lab.py, or when it cannot be split into cells.
    """
    import jupytext

    path = folder / "lab.py"
    if not path.is_file():
        raise UserError(
            f"{_shown(path)} does not exist.", "Start a lesson with `grader new NN_topic`, or name a different lab."
        )
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    header, rest = _header(path, lines)
    body = "\n".join(lines[rest:]).lstrip("\n") + "\n"
    cells = jupytext.reads(body, _FORMAT).cells
    markers = [number for number, line in enumerate(lines, 1) if number > rest and _CELL.match(line)]
    if len(cells) != len(markers):
        raise UserError(
            f"{_shown(path)}: {len(markers)} lines begin a cell, but Jupytext finds {len(cells)} cells.",
            "Begin every cell with `# %%`, write nothing before the first one, "
            "and begin no line inside a string with `# %%`.",
        )
    return Lesson(path, header, tuple(_cell(cell, at, lines) for cell, at in zip(cells, markers, strict=True)))


def _header(path: Path, lines: list[str]) -> tuple[Mapping[str, Any], int]:
    """The entries under `lesson:` in the YAML header, and the number of lines that the header takes."""
    import yaml

    if _FENCE not in lines[:1] or _FENCE not in lines[1:]:
        return {}, 0
    end = lines.index(_FENCE, 1)
    try:
        header = yaml.safe_load("\n".join(line[2:] for line in lines[1:end])) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise UserError(
            f"{_shown(path)}:{line}: the header is not valid YAML: {getattr(error, 'problem', error)}.",
            "Write lines of the form `key: value`, indented by two spaces under `lesson:`.",
        ) from None
    lesson = header.get("lesson", {}) if isinstance(header, dict) else {}
    return lesson if isinstance(lesson, dict) else {}, end + 1


def _cell(cell: Any, line: int, lines: list[str]) -> Cell:
    """The cell whose `# %%` is line `line`, without the metadata that Jupytext adds for its own use."""
    tags = {key: value for key, value in cell.metadata.items() if key not in _JUPYTEXT_NOTES}
    if tags.get("title") in TAGGED:  # `# %% exercise` without an id reads as a title
        tags[tags.pop("title")] = None
    source = cell.source.strip("\n").rstrip()
    first = line + 1
    while first <= len(lines) and lines[first - 1].strip() in _NOT_YET_SOURCE[cell.cell_type]:
        first += 1
    return Cell(cell.cell_type == "markdown", tags, source, line, first if source else line)


_JUPYTEXT_NOTES = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker"}
_NOT_YET_SOURCE = {"code": {""}, "markdown": {"", "#", '"""', "'''"}, "raw": {"", "#"}}


def _shown(path: Path) -> str:
    """The path for a message: relative to the repository's root if it is inside the repository."""
    path = path.resolve()
    return str(path.relative_to(paths.ROOT)) if path.is_relative_to(paths.ROOT) else str(path)
