"""What was found in one test cell, and how the executed notebook shows it: the one place that maps statuses to errors.

The run carries `Judged` as data and scoring reads only that. The cell's outputs repeat it for nbgrader, which takes
silence for success, and for people; nothing is read back from them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nbformat import NotebookNode
from nbformat.v4 import new_output

from grader.verdict import MIME, Status, Verdict

CELL_TIMEOUT, KERNEL_DIED, NOTEBOOK_TIMEOUT = "CellTimeoutError", "KernelDied", "NotebookTimeout"
"""What may stop a cell from outside: its own time limit, the death of its kernel, the notebook's time limit."""

STATUS_OF = {
    CELL_TIMEOUT: Status.TIMED_OUT,
    NOTEBOOK_TIMEOUT: Status.TIMED_OUT,
    "KeyboardInterrupt": Status.TIMED_OUT,
    KERNEL_DIED: Status.CRASHED,
}
"""The status of a cell that was stopped, by the name of the error that stopped it."""

ENAME_OF = {
    Status.WRONG: "Wrong",
    Status.CRASHED: "Crashed",
    Status.NOT_ATTEMPTED: "NotAttempted",
    Status.TIMED_OUT: CELL_TIMEOUT,
    Status.FAULT: "GraderFault",
}
"""The name of the error that a test cell shows, for each of its statuses except `passed`."""

GRAVEST = (Status.TIMED_OUT, Status.CRASHED, Status.FAULT, Status.WRONG, Status.NOT_ATTEMPTED)
"""Which of several statuses says most about what happened, first to last."""


@dataclass(frozen=True)
class Judged:
    """How one test cell ended, and everything that its checks observed.

    `fault` says what went wrong in the grader, or may have, whatever the status is. `cause` names what stopped the
    cell from outside, if anything did. `note` replaces the status in the words of the cell's error.
    """

    status: Status
    verdicts: tuple[Verdict, ...] = ()
    fault: str = ""
    cause: str = ""
    note: str = ""

    def stopped_by(self, cause: str, note: str = "") -> Judged:
        """The same cell after something has stopped it, or has stopped its kernel while it was judged."""
        status = gravest([self.status, STATUS_OF[cause]]) or STATUS_OF[cause]
        return replace(self, status=status, cause=cause, note=note)


NOT_JUDGED = Judged(Status.FAULT, fault="This test was never judged.")
"""For a test cell of which the run says nothing: silence is no success."""


def stopped(cause: str, note: str = "") -> Judged:
    """A cell that was stopped before anything could be judged."""
    return Judged(STATUS_OF[cause], cause=cause, note=note)


def gravest(statuses: list[Status]) -> Status | None:
    """The status that says most; None where none of them is a failure."""
    return next((status for status in GRAVEST if status in statuses), None)


def show(cell: NotebookNode, judged: Judged) -> None:
    """Let the outputs of a test cell say what was judged."""
    cell.outputs = [_display(verdict) for verdict in judged.verdicts]
    if judged.status is not Status.PASSED:
        ename = judged.cause or ENAME_OF[judged.status]
        words = judged.note or (judged.fault if judged.status is Status.FAULT else str(judged.status))
        cell.outputs.append(new_output("error", ename=ename, evalue=words, traceback=[f"{ename}: {words}"]))


def _display(verdict: Verdict) -> NotebookNode:
    words = f"{verdict.title}: {verdict.status}"
    return new_output("display_data", data={MIME: verdict.to_json(), "text/plain": words})
