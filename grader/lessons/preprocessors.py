"""nbgrader's own preprocessors in nbgrader's own order, with one that knows the lessons' stubs."""

from __future__ import annotations

from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ComputeChecksums,
    LockCells,
    NbGraderPreprocessor,
    SaveCells,
)
from nbgrader.preprocessors import ClearSolutions as NbgraderClearSolutions
from nbgrader.utils import is_solution

from grader.lessons import regions


class ClearSolutions(NbgraderClearSolutions):
    """Leaves the stub or the broken listing that a solution region brings along, where it brings one."""

    def preprocess_cell(self, cell: NotebookNode, resources: dict, cell_index: int) -> tuple[NotebookNode, dict]:
        filled = regions.fill_stubs(cell.source)
        if filled == cell.source or self.begin_solution_delimeter in filled:  # nbgrader's part
            cell.source = filled
        elif is_solution(cell) or not self.enforce_metadata:  # nothing is left for nbgrader, which would clear it all
            cell.source = filled
            return cell, resources
        return super().preprocess_cell(cell, resources, cell_index)


# What `nbgrader generate_assignment` runs with our configuration. The builder runs the same list without
# SaveCells, which is what writes to the gradebook; so both give the same cells and checksums.
GENERATE: list[type[NbGraderPreprocessor]] = [
    LockCells,
    ClearSolutions,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
]


def apply(notebook: NotebookNode, steps: list[type[NbGraderPreprocessor]]) -> NotebookNode:
    """The notebook after each of the preprocessors; it is changed in place."""
    resources: dict = {}
    for step in steps:
        notebook, resources = step().preprocess(notebook, resources)
    return notebook
