"""Runs a notebook's cells one by one, and survives whatever a cell does: endless loops, dead kernels, floods of output.

The student's cells run in a sandboxed kernel. Test cells run in the judge's process, which asks the kernel for the
objects that they check (grader.judge). `Execute` replaces nbgrader's preprocessor of that name. It keeps what was
judged as data, in `Execute.judged`. In the notebook, a test cell that was not judged to its end shows an error,
because nbgrader gives full points to a cell without one.
"""

from __future__ import annotations

import ast
import contextlib
import os
import socket
import stat
from copy import deepcopy
from pathlib import Path
from queue import Empty
from time import monotonic, sleep

import zmq
from jupyter_client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.utils import ensure_async, run_sync
from nbclient import NotebookClient
from nbclient.client import CellExecutionComplete
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute as NbGraderExecute
from traitlets import Any, Dict, Enum, Float, Integer, Unicode

from grader import kernel
from grader.grade.judged import CELL_TIMEOUT, KERNEL_DIED, NOTEBOOK_TIMEOUT, Judged, show, stopped
from grader.grade.lab import grade_id, is_solution, is_test, nbgrader_of
from grader.kernel.provisioner import CourseProvisioner
from grader.sandbox.exit_status import OVERUSE
from grader.verdict import Observation, Status, Verdict

WORDS = {
    CELL_TIMEOUT: "the cell took too long and was stopped",
    KERNEL_DIED: "kernel died",
    NOTEBOOK_TIMEOUT: "the notebook as a whole took too long; this cell was not run",
}
CUT = "\n… what was printed after this was cut off …\n"
SERVE = "__import__('grader.judge.agent', fromlist=['serve']).serve({path!r})"
"""The code that the kernel runs while a test cell is judged."""
SPECS = Path(kernel.__file__).parent / "jupyter" / "kernels"
LOOK = 0.1
"""Seconds between two checks whether the kernel is alive, while waiting for it."""
LARGEST_MESSAGE, MESSAGES = 16 << 20, 20
"""The largest message, in bytes, that is accepted from a kernel, and the most that may wait to be read."""


ERRORS, LINES, LINE = 20, 100, 2_000
"""How many errors are kept of a cell, how many lines of each error, and how many characters of each line."""


class BoundedClient(AsyncKernelClient):
    """A client that limits the size and the number of a kernel's messages."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)  # of all sockets that will be made in it
        self.context.setsockopt(zmq.RCVHWM, MESSAGES)


class Execute(NbGraderExecute):
    """nbgrader's Execute with limits on time and output, which continues after a kernel has died.

    The kernel is then restarted, and the student's cells above are rerun, except for the one that killed it; points
    earned before are kept. After `restarts` deaths no more cells are run.
    """

    notebook_timeout = Float(600, help="Seconds that all cells together may take.").tag(config=True)
    output_limit = Integer(2_000_000, help="Characters of output that are kept of a cell.").tag(config=True)
    restarts = Integer(2, help="How often a dead kernel is started again.").tag(config=True)
    policy = Any(help="What the submission may read, write and use.")
    backend = Any(help="The sandbox that enforces the policy.")
    imports = Unicode(help="The imports of the lesson's setup cell.")
    judge = Any(help="Judges the test cells: a grader.grade.judging.Judge.")
    left_out = Any(frozenset(), help="Indices of cells that need not be run.")
    iopub_timeout = Integer(10, help="Seconds that an interrupted cell has to end.").tag(config=True)
    # A graceful shutdown would take a sixth of the time of a submission.
    shutdown_kernel = Enum(["graceful", "immediate"], default_value="immediate").tag(config=True)
    error_on_timeout = Dict(
        {"ename": CELL_TIMEOUT, "evalue": WORDS[CELL_TIMEOUT], "traceback": [WORDS[CELL_TIMEOUT]]}
    ).tag(config=True)

    def preprocess(self, nb, resources=None, km=None):
        """Run all cells.

        Afterwards, `self.judged` holds what was found in each test cell, by grade_id, and `self.seconds` the time that
        each cell took, by index.
        """
        NotebookClient.__init__(self, nb, km)  # as nbconvert does: a preprocessor becomes a client for each notebook
        self.resources = resources or self.resources
        self.coalesce_streams, self.record_timing = True, False
        self.timeout_func = self._seconds_for
        self.judged: dict[str, Judged] = {}
        self.seconds: dict[int, float] = {}
        self._deadline = monotonic() + self.notebook_timeout
        self._restarts_left, self._lost = self.restarts, False
        self._guilty: set[int] = set()
        self._exiting = False
        self._kernel = contextlib.ExitStack()
        self._start()
        try:
            for index, cell in enumerate(nb.cells):
                self.preprocess_cell(cell, resources, index)
        finally:
            self._stop()
            self.judge.close()
        for cell in nb.cells:
            if is_test(cell) and grade_id(cell) not in self.judged:
                self._refuse(cell, KERNEL_DIED)  # it never ran, and must not pass
        return nb, self.resources

    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type == "code" and cell.source.strip() and index not in self.left_out:
            started = monotonic()
            if started >= self._deadline:
                self._refuse(cell, NOTEBOOK_TIMEOUT)
            elif self._lost:
                self._refuse(cell, KERNEL_DIED)
            else:
                self._run(cell, index)
            self.seconds[index] = monotonic() - started
        return cell, resources

    def _run(self, cell: NotebookNode, index: int) -> None:
        self._room = self.output_limit
        try:
            if is_test(cell):
                self._judge(cell, index)
            else:
                self.execute_cell(cell, index, store_history=True)
        except CellTimeoutError:  # the interrupt did not end it
            self._mark(cell, CELL_TIMEOUT)
            self._revive(index)
        except DeadKernelError:
            self._mark(cell, KERNEL_DIED)
            self._revive(index)
        else:
            if self._exiting:  # exit() lets the cell finish, then ends the kernel
                if not is_test(cell):
                    self._mark(cell, KERNEL_DIED)
                self._revive(index)
            elif is_solution(cell) and has_error(cell, CELL_TIMEOUT):
                self._guilty.add(index)

    def _judge(self, cell: NotebookNode, index: int) -> None:
        """Have a test cell judged while the kernel serves its objects.

        Raises CellTimeoutError if the kernel does not return from serving, DeadKernelError if it dies.
        """
        cell.execution_count = index + 1
        seconds = self._seconds_for(cell)
        path = f"{self.policy.sockets}/t{index}"
        with contextlib.suppress(OSError):
            os.unlink(path)
        # Import the lesson's modules again: the student may have assigned `np` since.
        serve = "\n".join([self.imports, SERVE.format(path=path)])
        request = self.kc.execute(serve, silent=True, store_history=False, allow_stdin=False)
        connection, said = self._reach(path, request)
        if connection is None:
            self._settle(cell, Judged(Status.CRASHED, (_unreachable(said),)))
            return
        with connection:
            judged = self.judge.hear(grade_id(cell), cell.source, connection, seconds)
        self._settle(cell, judged)
        if self._reply(request, 1.0 if judged.status is Status.TIMED_OUT else self.iopub_timeout) is None:
            self._interrupt(request)

    def _reach(self, path: str, request: str) -> tuple[socket.socket | None, str]:
        """A connection to the socket that the kernel serves at `path`, or None and the reason."""
        deadline, look = monotonic() + self.iopub_timeout, monotonic() + LOOK
        while monotonic() < deadline:
            if connection := _connected(path):
                return connection, ""
            if monotonic() > look:
                look = monotonic() + LOOK
                if self._reply(request, 0.0) is not None:
                    return None, "your notebook's kernel no longer gives access to its objects"
            sleep(0.002)
        self._interrupt(request)
        return None, "your notebook's kernel is too busy to give access to its objects"

    def _interrupt(self, request: str) -> None:
        run_sync(ensure_async)(self.km.interrupt_kernel())
        if self._reply(request, self.iopub_timeout) is None:
            raise CellTimeoutError("the kernel does not respond")

    def _reply(self, request: str, seconds: float) -> dict | None:
        """The kernel's reply to a request; None if it does not arrive in time. Raises DeadKernelError."""
        return run_sync(self._async_reply)(request, seconds)

    async def _async_reply(self, request: str, seconds: float) -> dict | None:
        deadline = monotonic() + seconds
        while True:
            try:
                message = await ensure_async(self.kc.shell_channel.get_msg(timeout=min(seconds, 0.25)))
            except Empty:
                if not await ensure_async(self.km.is_alive()):
                    raise DeadKernelError("Kernel died") from None
                if monotonic() >= deadline:
                    return None
                continue
            if message["parent_header"].get("msg_id") == request:
                return message

    def _settle(self, cell: NotebookNode, judged: Judged) -> None:
        self.judged[grade_id(cell)] = judged
        show(cell, judged)

    def _refuse(self, cell: NotebookNode, cause: str) -> None:
        """Do not run the cell; if it is graded, it shows an error with the reason."""
        if is_test(cell):
            self._settle(cell, stopped(cause, WORDS[cause]))
        else:
            cell.outputs = [error(cause)] if nbgrader_of(cell) else []

    def _mark(self, cell: NotebookNode, cause: str) -> None:
        """Something stopped the cell, or its kernel, perhaps after the cell had been judged."""
        words = (self._why_it_died if cause == KERNEL_DIED else "") or WORDS[cause]
        if is_test(cell):
            before = self.judged.get(grade_id(cell))
            self._settle(cell, before.stopped_by(cause, words) if before else stopped(cause, words))
        elif not has_error(cell, cause):
            cell.outputs.append(error(cause, words))

    def _revive(self, index: int) -> None:
        """Start a new kernel and rerun the cells before `index`, except for tests and cells that killed a kernel."""
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
            if wanted and i not in (self._guilty | self.left_out) and not self._rerun(i, cell):
                self._lost = True
                return

    def _rerun(self, index: int, cell: NotebookNode) -> bool:
        """Rerun a cell for its definitions; the outputs of its first run are kept."""
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

    def _seconds_for(self, cell: NotebookNode) -> float:
        left = max(self._deadline - monotonic(), 1.0)
        return min(self.timeout or left, left)

    def _start(self) -> None:
        self.km = None
        self.create_kernel_manager()
        self.km.kernel_spec_manager = KernelSpecManager(kernel_dirs=[str(SPECS)])  # and no others
        self.km.client_factory = BoundedClient
        running = self.setup_kernel(policy=self.policy, backend=self.backend, cleanup_kc=True)
        self._kernel.enter_context(running)

    def _stop(self) -> None:
        self._kernel.close()  # this also ends every process that the kernel started, see the sandbox's guard
        self.km = self.kc = None

    @property
    def _why_it_died(self) -> str:
        """A reason for the student if the sandbox ended the kernel, otherwise empty."""
        provisioner = self.km and self.km.provisioner
        ended = provisioner.ended if isinstance(provisioner, CourseProvisioner) else None
        return f"{WORDS[KERNEL_DIED]}: {ended}" if ended and ended.why in OVERUSE else ""

    def process_message(self, msg, cell, cell_index):
        try:
            return super().process_message(msg, cell, cell_index)
        except CellExecutionComplete:
            raise
        except Exception:  # a kernel may send any message
            return None

    def on_cell_executed(self, **kwargs):
        content = kwargs["execute_reply"]["content"]
        content.update(_plain_error(content), status=str(content.get("status")))
        items = content.get("payload")
        content["payload"] = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        super().on_cell_executed(**kwargs)
        self._exiting = any(item.get("source") == "ask_exit" for item in content["payload"])

    def output(self, outs, msg, display_id, cell_index):
        """Keep the output that fits within the cell's limit, and in addition a few errors of limited size."""
        if msg["msg_type"] == "error":
            if sum(out.output_type == "error" for out in outs) < ERRORS:
                return super().output(outs, {**msg, "content": _plain_error(msg["content"])}, display_id, cell_index)
            return None
        size = _size(msg["content"])
        if size > self._room:
            if self._room > 0:
                outs.append(new_output("stream", name="stdout", text=_head(msg["content"], self._room) + CUT))
            self._room = 0
            return None
        self._room -= size
        return super().output(outs, msg, display_id, cell_index)


def _unreachable(said: str) -> Verdict:
    seen = Observation("your notebook's kernel", False, said, next="Restart the kernel, run all cells and try again.")
    return Verdict("Your notebook's answers", Status.CRASHED, (seen,))


def error(ename: str, words: str = "") -> NotebookNode:
    words = words or WORDS[ename]
    return new_output("error", ename=ename, evalue=words, traceback=[f"{ename}: {words}"])


def has_error(cell: NotebookNode, ename: str) -> bool:
    return any(o.output_type == "error" and o.ename == ename for o in cell.get("outputs", []))


def import_statements(source: str) -> str:
    """The import statements of a cell, as source code."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # magics
        return ""
    return "\n".join(ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom))


def _connected(path: str) -> socket.socket | None:
    """A connection to the kernel's socket at `path`; None if there is none, or if the path is a link."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(LOOK)
    try:
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            connection.connect(path)
            connection.settimeout(None)
            return connection
    except OSError:
        pass
    connection.close()
    return None


def _plain_error(content: dict) -> dict:
    """An error's name, message and traceback as text of limited size."""
    lines = content.get("traceback")
    return {
        "ename": str(content.get("ename", ""))[:LINE],
        "evalue": str(content.get("evalue", ""))[:LINE],
        "traceback": [str(line)[:LINE] for line in lines[-LINES:]] if isinstance(lines, list) else [],
    }


def _size(content: dict) -> int:
    if "text" in content:
        return len(content["text"])
    return sum(len(value) if isinstance(value, str) else len(str(value)) for value in content.get("data", {}).values())


def _head(content: dict, length: int) -> str:
    text = content.get("text")
    return text[:length] if isinstance(text, str) else ""
