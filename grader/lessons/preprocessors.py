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

from grader.lessons import regions


class ClearSolutions(NbgraderClearSolutions):
    """Replaces a solution region by its own stub or broken listing, if it has one, and otherwise by nbgrader's stub."""

    def _replace_solution_region(self, cell: NotebookNode, language: str) -> bool:
        before = cell.source
        cell.source = regions.fill_stubs(cell.source)
        return super()._replace_solution_region(cell, language) or cell.source != before


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
