"""nbgrader's own preprocessors in nbgrader's own order, except that solutions are replaced by the lessons' stubs."""

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
    """Replaces a solution region by its own stub or broken listing, if it has one, and otherwise by nbgrader's stub."""

    def preprocess_cell(self, cell: NotebookNode, resources: dict, cell_index: int) -> tuple[NotebookNode, dict]:
        filled = regions.fill_stubs(cell.source)
        if filled == cell.source or self.begin_solution_delimeter in filled:  # nbgrader's part
            cell.source = filled
        elif is_solution(cell) or not self.enforce_metadata:  # nothing is left for nbgrader, which would clear it all
            cell.source = filled
            return cell, resources
        return super().preprocess_cell(cell, resources, cell_index)


# What `nbgrader generate_assignment` runs with our configuration. The builder runs the same list without SaveCells,
# which writes to the gradebook. Both therefore give the same cells and checksums.
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
    """Applies the preprocessors in order, in place, and returns the notebook."""
    resources: dict = {}
    for step in steps:
        notebook, resources = step().preprocess(notebook, resources)
    return notebook
