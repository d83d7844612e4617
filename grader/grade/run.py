"""How a submission is run: the one place to replace when it should be run elsewhere, or by more than one.

`run` takes a notebook as data and gives it back executed; it touches neither the gradebook nor the class's folders.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from nbformat import NotebookNode

from grader.grade.lab import grade_id
from grader.kernel import tuning
from grader.sandbox import GB, Policy, choose
from grader.sandbox.backends import Backend

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
    memory: int = 4 * GB
    disk: int = 1 * GB
    processes: int = 64

    @property
    def numbers(self) -> dict[str, float]:
        """All of them by name, as each grade records them."""
        return {name: float(value) for name, value in asdict(self).items()}

    def policy(self, private: str, sockets: str) -> Policy:
        """What a submission with these limits may do."""
        return Policy(
            private=private,
            sockets=sockets,
            variables={"NBGRADER_EXECUTION": "autograde", **tuning.VARIABLES},
            memory=self.memory,
            disk=self.disk,
            processes=self.processes,
            wall_seconds=2 * self.notebook_seconds,
            cpu_seconds=2 * self.notebook_seconds * (os.cpu_count() or 1),
        )


@dataclass(frozen=True)
class Job:
    """What to run: a reassembled notebook, the files that lie beside it, the limits and the seed of the checks.

    `setup` is what the lesson's own first cell runs; the notebook's first cell may be the student's. `backend` is
    what confines it: None takes the best that holds where it is run.
    Plain data, which travels to other machines. `files` holds contents by path, with `/` between folders.
    `left_out` are the cells that nothing graded needs, by index, each with the names that it would give a value to.
    """

    notebook: NotebookNode
    limits: Limits
    seed: int
    files: Mapping[str, bytes] = field(default_factory=dict)
    setup: str = ""
    backend: Backend | None = None
    left_out: Mapping[int, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """A notebook that has been run, and the seconds that each of its graded cells took, by grade_id.

    `left_out` tells how many of its cells were not run.
    """

    notebook: NotebookNode
    seconds: dict[str, float] = field(default_factory=dict)
    left_out: int = 0


Runner = Callable[[Job], Run]


def run(job: Job) -> Run:
    """Run a notebook in a kernel of its own, in an empty folder of its own, and have its test cells judged.

    Should anything lack a cell that was left out, all are run after all. Raises UserError where nothing confines it.
    """
    from grader.grade.dependencies import missed

    ran = _run(job)
    if missed(ran.notebook, frozenset().union(*job.left_out.values())):
        ran = _run(replace(job, left_out={}))
    return ran


def _run(job: Job) -> Run:
    from grader.grade.execute import Execute, import_statements
    from grader.grade.judging import Judge, folders

    backend = job.backend or choose()
    with folders() as (work, sockets, judges):
        for name, content in job.files.items():
            place = Path(work, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        execute = Execute(
            log=QUIET,
            timeout=max(1, round(job.limits.cell_seconds)),
            iopub_timeout=max(1, round(job.limits.grace_seconds)),
            notebook_timeout=job.limits.notebook_seconds,
            output_limit=job.limits.output,
            policy=job.limits.policy(work, sockets),
            backend=backend,
            imports=import_statements(job.setup),
            judge=Judge(judges, backend, job.setup, job.seed),
            left_out=frozenset(job.left_out),
        )
        notebook, _ = execute.preprocess(deepcopy(job.notebook), {"metadata": {"path": work}})
    seconds = {grade_id(notebook.cells[i]): round(s, 3) for i, s in execute.seconds.items()}
    seconds.pop(None, None)
    return Run(notebook, seconds, len(job.left_out))


def not_run(notebook: NotebookNode) -> Run:
    """The result for a submission that holds nothing to run: no test earns anything."""
    from grader.grade.execute import error
    from grader.grade.lab import is_test

    notebook = deepcopy(notebook)
    for cell in notebook.cells:
        if is_test(cell):
            cell.outputs = [error("NotAttempted", "there was no notebook to run")]
    return Run(notebook)
