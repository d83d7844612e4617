"""Runs a notebook's cells one by one, and comes through whatever a cell does: loops, dead kernels, floods.

`Execute` takes the place of nbgrader's preprocessor of that name. Every test cell that could not be run to its
end holds an error, so that nbgrader never takes silence for success.
"""

from __future__ import annotations

import ast
import contextlib
import os
import signal
import subprocess
import sys
from copy import deepcopy
from time import monotonic

from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute as NbGraderExecute
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict, Enum, Float, Integer

from grader.check.verdict import MIME as VERDICT
from grader.grade.lab import is_solution, is_test, nbgrader_of, setup_cell

CELL_TIMEOUT, KERNEL_DIED, NOTEBOOK_TIMEOUT = "CellTimeoutError", "KernelDied", "NotebookTimeout"
WORDS = {
    CELL_TIMEOUT: "the cell took too long and was stopped",
    KERNEL_DIED: "kernel died",
    NOTEBOOK_TIMEOUT: "the notebook as a whole took too long; this cell was not run",
}
CUT = "\n… what was printed after this was cut off …\n"


class Execute(NbGraderExecute):
    """nbgrader's Execute with limits on time and output, that goes on after a kernel's death.

    After a death the kernel is started again and the student's cells above are run once more, but for the one
    that killed it; what was earned before is kept. After `restarts` deaths nothing more is run.
    """

    notebook_timeout = Float(600, help="Seconds that all cells together may take.").tag(config=True)
    output_limit = Integer(2_000_000, help="Characters of output that are kept of a cell.").tag(config=True)
    restarts = Integer(2, help="How often a dead kernel is started again.").tag(config=True)
    environment = Dict(help="Variables added to the kernel's environment.").tag(config=True)
    iopub_timeout = Integer(10, help="Seconds that an interrupted cell has to come back.").tag(config=True)
    # Waiting for a kernel to say goodbye is a sixth of the time a submission takes.
    shutdown_kernel = Enum(["graceful", "immediate"], default_value="immediate").tag(config=True)
    error_on_timeout = Dict(
        {"ename": CELL_TIMEOUT, "evalue": WORDS[CELL_TIMEOUT], "traceback": [WORDS[CELL_TIMEOUT]]}
    ).tag(config=True)

    def preprocess(self, nb, resources=None, km=None):
        """Run all cells. `self.seconds` then holds the time of each, by index."""
        NotebookClient.__init__(self, nb, km)  # nbconvert's way: a preprocessor becomes a client for each notebook
        self._check_assign_resources(resources)
        self.coalesce_streams, self.record_timing = True, False
        self.timeout_func = self._seconds_for
        self.seconds: dict[int, float] = {}
        self._deadline = monotonic() + self.notebook_timeout
        self._imports = import_statements(setup_cell(nb))
        self._restarts_left, self._lost = self.restarts, False
        self._guilty: set[int] = set()
        self._exiting = False
        self._start()
        try:
            for index, cell in enumerate(nb.cells):
                self.preprocess_cell(cell, resources, index)
        finally:
            self._stop()
        return nb, self.resources

    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type == "code" and cell.source.strip():
            started = monotonic()
            if started >= self._deadline:
                refuse(cell, NOTEBOOK_TIMEOUT)
            elif self._lost:
                refuse(cell, KERNEL_DIED)
            else:
                self._run(cell, index)
            self.seconds[index] = monotonic() - started
        return cell, resources

    def _run(self, cell: NotebookNode, index: int) -> None:
        self._room = self.output_limit
        try:
            if is_test(cell):
                self._restore_imports()
            self.execute_cell(cell, index, store_history=True)
        except CellTimeoutError:  # not even the interrupt brought it back
            self._mark(cell, CELL_TIMEOUT)
            self._revive(index)
        except DeadKernelError:
            self._mark(cell, KERNEL_DIED)
            self._revive(index)
        else:
            if self._exiting:  # exit() lets the cell finish and ends the kernel a moment later
                if not is_test(cell):
                    self._mark(cell, KERNEL_DIED)
                self._revive(index)
            elif is_solution(cell) and has_error(cell, CELL_TIMEOUT):
                self._guilty.add(index)

    def _mark(self, cell: NotebookNode, ename: str) -> None:
        if not has_error(cell, ename):
            cell.outputs.append(error(ename))

    def _revive(self, index: int) -> None:
        """A new kernel in the state that the cells before `index` leave, without tests and guilty cells."""
        self._guilty.add(index)
        self._stop()
        self._exiting = False
        if self._restarts_left == 0:
            self._lost = True
            return
        self._restarts_left -= 1
        self._start()
        for i, cell in enumerate(self.nb.cells[:index]):
            wanted = cell.cell_type == "code" and cell.source.strip() and not is_test(cell)
            if wanted and i not in self._guilty and not self._rerun(i, cell):
                self._lost = True
                return

    def _rerun(self, index: int, cell: NotebookNode) -> bool:
        """Run a cell again for what it defines; the outputs of its first run stay."""
        if monotonic() >= self._deadline:
            return False
        self._room = 0
        try:
            self.execute_cell(deepcopy(cell), index, store_history=True)
        except (CellTimeoutError, DeadKernelError):
            return False
        finally:
            self.nb.cells[index] = cell
        return not self._exiting

    def _restore_imports(self) -> None:
        """Give tests the modules that the setup cell imports, whatever a student has called `np` since."""
        if self._imports:
            reply = self.wait_for_reply(self.kc.execute(self._imports, silent=True, store_history=False))
            if reply is None:
                raise DeadKernelError("no reply")

    def _seconds_for(self, cell: NotebookNode) -> float:
        left = max(self._deadline - monotonic(), 1.0)
        return min(self.timeout or left, left)

    def _start(self) -> None:
        self.km = None
        self.create_kernel_manager()
        # What a dying kernel has to say on its own stderr belongs to nobody's progress bar.
        self.start_new_kernel(env={**os.environ, **self.environment}, stderr=subprocess.DEVNULL)
        self.start_new_kernel_client()

    def _stop(self) -> None:
        if self.km is None:
            return
        _kill_group(self.km)
        self._cleanup_kernel()
        self.km = self.kc = None

    def on_cell_executed(self, **kwargs):
        super().on_cell_executed(**kwargs)
        payload = kwargs["execute_reply"]["content"].get("payload") or []
        self._exiting = any(item.get("source") == "ask_exit" for item in payload)

    def output(self, outs, msg, display_id, cell_index):
        """Keep what fits into the cell's room. Errors are always kept, and so are verdicts of usual size."""
        size = _size(msg["content"])
        kept = msg["msg_type"] == "error" or (VERDICT in msg["content"].get("data", ()) and size < 100_000)
        if not kept and size > self._room:
            if self._room > 0:
                outs.append(new_output("stream", name="stdout", text=_head(msg["content"], self._room) + CUT))
            self._room = 0
            return None
        self._room -= 0 if kept else size
        return super().output(outs, msg, display_id, cell_index)


class TameOutputs(NbGraderPreprocessor):
    """Leaves of a test cell's outputs nothing but an error to cost points, and nothing to give them.

    nbgrader takes any line on stderr for a failure, and an execution result for partial credit.
    """

    def preprocess_cell(self, cell, resources, index):
        if is_test(cell):
            cell.outputs = [tame(output) for output in cell.get("outputs", [])]
            if not cell.outputs and cell.get("execution_count") is None:
                refuse(cell, KERNEL_DIED)  # never ran; nbgrader would give full marks
        return cell, resources


def tame(output: NotebookNode) -> NotebookNode:
    if output.output_type == "stream" and output.name == "stderr":
        return new_output("stream", name="stdout", text=output.text)
    if output.output_type == "execute_result":
        return new_output("display_data", data=output.data, metadata=output.metadata)
    return output


def refuse(cell: NotebookNode, ename: str) -> None:
    """The cell is not run; where it could give points, an error says why."""
    cell.outputs = [error(ename)] if nbgrader_of(cell) else []


def error(ename: str, words: str = "") -> NotebookNode:
    words = words or WORDS[ename]
    return new_output("error", ename=ename, evalue=words, traceback=[f"{ename}: {words}"])


def has_error(cell: NotebookNode, ename: str) -> bool:
    return any(o.output_type == "error" and o.ename == ename for o in cell.get("outputs", []))


def import_statements(cell: NotebookNode | None) -> str:
    """The imports of a cell, as source."""
    try:
        body = ast.parse(cell.source).body if cell else []
    except SyntaxError:  # magics
        return ""
    return "\n".join(ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom))


def _size(content: dict) -> int:
    if "text" in content:
        return len(content["text"])
    return sum(len(value) if isinstance(value, str) else len(str(value)) for value in content.get("data", {}).values())


def _head(content: dict, length: int) -> str:
    text = content.get("text")
    return text[:length] if isinstance(text, str) else ""


def _kill_group(manager) -> None:
    """Kill the kernel and the processes it has started in its group."""
    group = getattr(getattr(manager, "provisioner", None), "pgid", None)
    if sys.platform != "win32" and group and group != os.getpgid(0):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
