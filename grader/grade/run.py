"""Runs a submission. To run submissions in another way, replace this module.

`run` takes a notebook as data and returns it executed; it uses neither the gradebook nor the class's folders.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from nbformat import NotebookNode

from grader.grade.judged import Judged, show
from grader.grade.lab import grade_id, is_test
from grader.kernel import tuning
from grader.sandbox import GB, Policy, choose
from grader.sandbox.backends import Backend
from grader.verdict import Status

QUIET = logging.getLogger("grader.nbgrader")
"""Receives the log messages of nbgrader and nbclient; outcomes report the same more clearly."""
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False


@dataclass(frozen=True)
class RunLimits:
    """Limits of one submission.

    Seconds for a cell, for an interrupted cell to end and for the whole notebook; characters of output kept of a cell;
    bytes of memory and disk; the number of processes.
    """

    cell_seconds: float = 60
    grace_seconds: float = 10
    notebook_seconds: float = 600
    output: int = 2_000_000
    memory: int = 4 * GB
    disk: int = 1 * GB
    processes: int = 64

    @property
    def numbers(self) -> dict[str, float]:
        """All limits by name, as each outcome records them."""
        return {name: float(value) for name, value in asdict(self).items()}

    def policy(self, private: str, sockets: str) -> Policy:
        """The sandbox policy of a submission with these limits."""
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
    """What to run: a reassembled notebook, the submitted files, the limits and the seed of the checks.

    `setup` is the source of the lesson's first cell; the notebook's first cell may be the student's. `backend`
    confines the submission; None uses the best one that works on the machine. `files` holds contents by path, with
    `/` between folders. `left_out` are the cells that no graded cell needs, by index, with the names that each would
    assign. A job is plain data, which can be sent to other machines.
    """

    notebook: NotebookNode
    limits: RunLimits
    seed: int
    files: Mapping[str, bytes] = field(default_factory=dict)
    setup: str = ""
    backend: Backend | None = None
    left_out: Mapping[int, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """A notebook that has been run, what was judged of each test cell, and the seconds that each graded cell took.

    `judged` and `seconds` are by grade_id. The notebook's outputs repeat what was judged, for nbgrader and for people;
    nothing is read back from them. `left_out` counts the cells that were not run.
    """

    notebook: NotebookNode
    judged: dict[str, Judged] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    left_out: int = 0


Runner = Callable[[Job], Run]


def run(job: Job) -> Run:
    """Run a notebook in its own kernel and its own empty folder, and have its test cells judged.

    If a cell turns out to need a cell that was left out, all cells are run. Raises UserError if no sandbox works.
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
    return Run(notebook, execute.judged, seconds, len(job.left_out))


def not_run(notebook: NotebookNode) -> Run:
    """The result for a submission that holds nothing to run: no test earns anything."""
    notebook = deepcopy(notebook)
    judged = Judged(Status.NOT_ATTEMPTED, note="there was no notebook to run")
    tests = [cell for cell in notebook.cells if is_test(cell)]
    for cell in tests:
        show(cell, judged)
    return Run(notebook, {grade_id(cell): judged for cell in tests})
