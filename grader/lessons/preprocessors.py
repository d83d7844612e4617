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

from grader.lessons import regions


class ClearSolutions(NbgraderClearSolutions):
    """Leaves the stub or the broken listing that a solution region brings along, where it brings one."""

    def _replace_solution_region(self, cell: NotebookNode, language: str) -> bool:
        before = cell.source
        cell.source = regions.fill_stubs(cell.source)
        return super()._replace_solution_region(cell, language) or cell.source != before


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
