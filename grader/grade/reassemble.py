"""The instructor's notebook and a student's cells → the notebook that is run; functions from data to data.

The sources of answer cells, and the cells that the student added, come from the student, in the student's order.
Everything else (tests, points, ids, metadata, tags, kernel) comes from the instructor.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from grader.grade.lab import Lab, grade_id, is_solution, is_test, normal, setup_cell
from grader.grade.parse import Parsed, StudentCell

NEW_CELL = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


@dataclass(frozen=True)
class Reassembled:
    """The notebook to run, and notes for the student on what had to be corrected."""

    notebook: NotebookNode
    notes: tuple[str, ...] = ()


@dataclass
class _Plan:
    """The official cells by key, and how to find the key of a student's cell."""

    official: dict[str, NotebookNode]
    released: dict[str, str]
    by_id: dict[str, str]
    notes: list[str] = field(default_factory=list)

    def key_of(self, cell: StudentCell) -> str | None:
        """The key by grade_id; by the cell's own id if an editor has dropped the metadata."""
        if cell.grade_id in self.official:
            return cell.grade_id
        return self.by_id.get(cell.id) if cell.id else None

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def reassemble(lab: Lab, parsed: Parsed) -> Reassembled:
    """The notebook to run for a submission. An unreadable submission counts as an untouched lab."""
    notebook = deepcopy(lab.official)
    if parsed.problem:
        return Reassembled(notebook, (f"Your notebook {parsed.problem}.",))
    plan = _plan(lab)
    _note_kernel(plan, parsed.kernel, notebook)
    answers = _answers(plan, parsed.cells)
    placed = [item for index, cell in enumerate(parsed.cells) for item in _place(plan, answers, index, cell)]
    notebook.cells = _unique_ids(_with_missing(plan, placed))
    return Reassembled(notebook, tuple(plan.notes))


def _plan(lab: Lab) -> _Plan:
    setup = setup_cell(lab.official)
    official = {_key(cell): cell for cell in lab.official.cells if grade_id(cell) is not None or cell is setup}
    released = {_key(cell): cell.source for cell in lab.released.cells if _key(cell) in official}
    by_id = {cell.id: key for key, cell in official.items() if "id" in cell}
    return _Plan(official, released, by_id)


def _key(cell: NotebookNode) -> str:
    """A cell's grade_id; for a setup cell without one, its cell id. No grade_id contains a colon."""
    return grade_id(cell) or f"cell:{cell.get('id')}"


def _name(key: str) -> str:
    return "the first code cell" if key.startswith("cell:") else f"`{key}`"


def _answers(plan: _Plan, cells: tuple[StudentCell, ...]) -> dict[str, int]:
    """For each official cell, the index of the student's cell with the same key.

    Of several, the first one counts; for an answer cell, the first that differs from the stub.
    """
    chosen: dict[str, int] = {}
    for index, cell in enumerate(cells):
        key = plan.key_of(cell)
        if key is None:
            continue
        current = chosen.setdefault(key, index)
        if is_solution(plan.official[key]) and _same(cells[current].source, plan.released[key]):
            chosen[key] = index if not _same(cell.source, plan.released[key]) else current
    return chosen


def _place(plan: _Plan, answers: dict[str, int], index: int, cell: StudentCell) -> list[tuple]:
    """The cells of the notebook that replace one of the student's cells: pairs of (official key or None, cell)."""
    key = plan.key_of(cell)
    if key is None:
        return [(None, _own(plan, cell))]
    if answers[key] != index:
        return _duplicate(plan, key, cell)
    _note_changes(plan, key, cell)
    official = deepcopy(plan.official[key])
    if is_solution(official):
        official.source = cell.source
        return [(key, official)]
    changed = not _same(cell.source, plan.released[key])
    if is_test(official) or not changed:
        return [(key, official)]
    # A locked cell that isn't a test, such as the imports: the student may have added to it.
    return [(key, official), (None, _plain(cell))]


def _duplicate(plan: _Plan, key: str, cell: StudentCell) -> list[tuple]:
    official = plan.official[key]
    if is_test(official):
        plan.note(f"The test cell `{key}` was in your notebook more than once; the copy was left out.")
        return []
    if _same(cell.source, plan.released[key]):
        plan.note(f"An untouched copy of {_name(key)} was left out.")
        return []
    plan.note(f"The cell {_name(key)} was in your notebook more than once; the copy was run as a cell of your own.")
    return [(None, _plain(cell))]


def _note_changes(plan: _Plan, key: str, cell: StudentCell) -> None:
    official = plan.official[key]
    if cell.kind != official.cell_type:
        plan.note(f"The cell {_name(key)} had become a {cell.kind} cell; it was graded as {official.cell_type}.")
    if not is_solution(official) and not _same(cell.source, plan.released[key]):
        kind = "test cell" if is_test(official) else "cell"
        plan.note(f"The {kind} {_name(key)} had been changed; the original was used.")
    schema = official.metadata.get("nbgrader", {}).get("schema_version")
    if cell.schema is not None and cell.schema != schema:
        plan.note("The notebook's grading metadata was of another version; the original was used.")


def _own(plan: _Plan, cell: StudentCell) -> NotebookNode:
    if cell.grade_id is not None:
        plan.note(f"The cell `{cell.grade_id}` does not belong to this lab; it was run as a cell of your own.")
    return _plain(cell)


def _plain(cell: StudentCell) -> NotebookNode:
    """The student's cell without metadata, so that no tag decides what is run, or how."""
    return NEW_CELL[cell.kind](source=cell.source)


def _with_missing(plan: _Plan, placed: list[tuple]) -> list[tuple]:
    """The cells, with each missing official cell inserted after its predecessor in the lab."""
    placed = list(placed)
    previous = None
    for key, official in plan.official.items():
        keys = [k for k, _ in placed]
        if key not in keys:
            placed.insert(keys.index(previous) + 1 if previous else 0, (key, deepcopy(official)))
            kind = "test cell" if is_test(official) else "cell"
            plan.note(f"The {kind} {_name(key)} had been deleted; it was put back.")
        previous = key
    return placed


def _unique_ids(placed: list[tuple]) -> list[NotebookNode]:
    """Official cells keep their ids; the student's are numbered."""
    cells = []
    for number, (key, cell) in enumerate(placed):
        if key is None:
            cell.id = f"own-{number:04d}"
        cells.append(cell)
    return cells


def _note_kernel(plan: _Plan, kernel: str | None, official: NotebookNode) -> None:
    ours = official.metadata.get("kernelspec", {})
    if kernel and kernel != ours.get("name"):
        used = ours.get("display_name") or ours.get("name")
        plan.note(f"Your notebook asked for the kernel “{kernel}”; it was run with {used}.")


def _same(a: str, b: str) -> bool:
    """Whether two sources are equal, apart from white space at line ends, which editors change automatically."""
    return normal(a) == normal(b)
