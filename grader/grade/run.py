"""How a submission is run: the one place to replace when it should be run elsewhere, or by more than one.

`run` takes a notebook as data and gives it back executed; it touches neither the gradebook nor the class's folders.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat import NotebookNode

from grader.grade.lab import grade_id

QUIET = logging.getLogger("grader.nbgrader")
"""What nbgrader and nbclient have to say; an outcome says it better."""
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False


@dataclass(frozen=True)
class Limits:
    """Seconds for a cell, for an interrupted cell to come back, and for the whole notebook; output kept of a cell."""

    cell_seconds: float = 60
    grace_seconds: float = 10
    notebook_seconds: float = 600
    output: int = 2_000_000


@dataclass(frozen=True)
class Job:
    """What to run: a reassembled notebook, the files that lie beside it, the limits and the seed of the checks."""

    notebook: NotebookNode
    limits: Limits
    seed: int
    files: Sequence[Path] = ()


@dataclass(frozen=True)
class Run:
    """A notebook that has been run, and the seconds that each of its graded cells took, by grade_id."""

    notebook: NotebookNode
    seconds: dict[str, float] = field(default_factory=dict)


Runner = Callable[[Job], Run]


def run(job: Job) -> Run:
    """Run a notebook in a kernel of its own, in an empty folder of its own."""
    from grader.grade.execute import Execute, TameOutputs

    with TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as folder:
        work = Path(folder, "work")
        work.mkdir()
        for file in job.files:
            shutil.copyfile(file, work / file.name)
        execute = Execute(
            log=QUIET,
            timeout=max(1, round(job.limits.cell_seconds)),
            iopub_timeout=max(1, round(job.limits.grace_seconds)),
            notebook_timeout=job.limits.notebook_seconds,
            output_limit=job.limits.output,
            environment=_environment(job.seed, Path(folder)),
        )
        notebook, _ = execute.preprocess(deepcopy(job.notebook), {"metadata": {"path": str(work)}})
    notebook, _ = TameOutputs().preprocess(notebook, {})
    seconds = {grade_id(notebook.cells[i]): round(s, 3) for i, s in execute.seconds.items()}
    seconds.pop(None, None)
    return Run(notebook, seconds)


def not_run(notebook: NotebookNode) -> Run:
    """The result for a submission that holds nothing to run: no test earns anything."""
    from grader.grade.execute import error
    from grader.grade.lab import is_test

    notebook = deepcopy(notebook)
    for cell in notebook.cells:
        if is_test(cell):
            cell.outputs = [error("NotAttempted", "there was no notebook to run")]
    return Run(notebook)


def _environment(seed: int, folder: Path) -> dict[str, str]:
    return {
        "NBGRADER_EXECUTION": "autograde",
        "GRADER_SEED": str(seed),
        "IPYTHONDIR": str(folder / "ipython"),  # not the instructor's profile and startup files
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3"),
    }
