"""Reads a submitted notebook as plain cells. Whatever the file contains, reading it never raises."""

from __future__ import annotations

import json
from dataclasses import dataclass

MAX_BYTES = 50_000_000
MAX_CELLS = 2_000
MAX_SOURCE = 200_000
LONGEST_NAME = 200


@dataclass(frozen=True)
class StudentCell:
    """A cell as data. `grade_id` and `solution` are what the student's file claims, to be checked."""

    kind: str
    source: str
    id: str | None = None
    grade_id: str | None = None
    schema: object = None


@dataclass(frozen=True)
class Parsed:
    """The cells of a file, or the reason why there are none."""

    cells: tuple[StudentCell, ...] = ()
    kernel: str | None = None
    problem: str | None = None


def parse(content: bytes) -> Parsed:
    """The notebook in `content`. For any other file, `problem` says what is wrong, in words for the student."""
    if len(content) > MAX_BYTES:
        return Parsed(problem=f"could not be read: the file is larger than {MAX_BYTES // 1_000_000} MB")
    if not content.strip():
        return Parsed(problem="could not be read: the file is empty")
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Parsed(problem="could not be read: the file is not text, so it is not a notebook")
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        return Parsed(problem=f"could not be read: the file is damaged or not a notebook{where}")
    try:
        return _notebook(data)
    except Exception as error:
        return Parsed(problem=f"could not be read: not a notebook that Jupyter can open ({type(error).__name__})")


def _notebook(data: object) -> Parsed:
    if not isinstance(data, dict):
        return Parsed(problem="could not be read: the file is JSON, but not a notebook")
    if "worksheets" in data:  # nbformat 3 and older
        data = _upgrade(data)
    cells = data.get("cells")
    if not isinstance(cells, list):
        return Parsed(problem="could not be read: the file is JSON, but not a notebook (it has no cells)")
    if len(cells) > MAX_CELLS:
        return Parsed(problem=f"could not be read: more than {MAX_CELLS} cells")
    return Parsed(tuple(_cell(cell) for cell in cells if isinstance(cell, dict)), _kernel(data))


def _upgrade(data: dict) -> dict:
    import nbformat

    data.setdefault("nbformat", 3)
    return nbformat.convert(nbformat.from_dict(data), 4)


def _cell(data: dict) -> StudentCell:
    metadata = data.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    nbgrader = nbgrader if isinstance(nbgrader, dict) else {}
    kind = data.get("cell_type")
    return StudentCell(
        kind=kind if kind in ("code", "markdown", "raw") else "raw",
        source=_text(data.get("source", data.get("input", "")))[:MAX_SOURCE],
        id=_name(data.get("id")),
        grade_id=_name(nbgrader.get("grade_id")),
        schema=nbgrader.get("schema_version"),
    )


def _text(source: object) -> str:
    """The source as one string that can be written as UTF-8 and stored in any database."""
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    text = source if isinstance(source, str) else ""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def _name(value: object) -> str | None:
    return _text(value)[:LONGEST_NAME] or None if isinstance(value, str) else None


def _kernel(data: dict) -> str | None:
    metadata = data.get("metadata")
    kernelspec = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    return _name(kernelspec.get("name")) if isinstance(kernelspec, dict) else None
