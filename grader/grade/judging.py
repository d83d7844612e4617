"""The judge's process for one submission: starts it, and has test cells judged there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator

from grader.grade.judged import Judged
from grader.judge import main as judge
from grader.judge.wire import Closed, Late
from grader.kernel import client, tuning
from grader.sandbox import Ended, Guard, Policy, discard, start
from grader.sandbox.backends import Backend, Landlock, Unconfined
from grader.sandbox.exit_status import OVERUSE
from grader.verdict import CAPS, Observation, Status, Verdict, shorten

STILL = 15
"""Seconds beyond a cell's time limit in which the judge has to report that the cell timed out."""


class Judge:
    """Judges one submission's test cells, in a sandboxed process that can read nothing but the runtime.

    The process is started for the first cell, and again after it has died. `seed` is the submission's; each cell gets
    its own seed derived from it, because the student's process can learn a cell's seed while the cell is judged.
    """

    def __init__(self, folder: str, backend: Backend, setup: str, seed: int):
        self._folder, self._backend = folder, _backend_for(backend)
        self._setup, self._seed = setup, seed
        self._control: socket.socket | None = None
        self._guard: Guard | None = None

    def hear(self, name: str, source: str, connection: socket.socket, seconds: float) -> Judged:
        """Judge one test cell over a connection to the student's process. Never raises."""
        request = {
            "source": source,
            "name": name,
            "setup": self._setup,
            "seed": seed_of(self._seed, name),
            "limits": {
                "cell": seconds,
                "call": 0.95 * seconds,
            },  # so that the call times out first, with a message about the call
        }
        try:
            if self._control is None:
                self._start()
            said = judge.ask(self._control, connection, request, seconds + STILL)
            verdicts = tuple(Verdict.from_json(verdict) for verdict in said["verdicts"][-CAPS.verdicts :])
            return Judged(Status(said["status"]), verdicts, shorten(said["fault"]))
        except Late:
            self.close()
            return Judged(Status.TIMED_OUT, fault="the judge did not answer")
        except Closed:
            return self._died()
        except Exception as error:
            self.close()
            return Judged(Status.FAULT, fault=shorten(f"{type(error).__name__}: {error}"))

    def _died(self) -> Judged:
        """How a cell ended whose judge has died: the submission may have sent it more than it can hold."""
        ended = self._guard.poll() if self._guard else None
        self.close()
        if ended and ended.why in OVERUSE:
            return Judged(Status.CRASHED, (_too_much(ended),))
        return Judged(Status.FAULT, fault=f"the judge's process has ended: {ended or 'unknown reason'}")

    def close(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._guard is not None:
            self._guard.close()
        self._control = self._guard = None

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        policy = Policy(private=tempfile.mkdtemp(prefix="judge-", dir=self._folder), variables=tuning.VARIABLES)
        with theirs:
            try:
                self._guard = client.start_confined(
                    "grader.judge.main:in_fork", {}, policy, self._backend, files=[theirs.fileno()]
                )
                self._guard.started()
            except client.Unavailable:
                code = "import sys; del sys.path[0]; from grader.judge.main import main; main(0)"
                program = [self._backend.python, "-c", code]
                nowhere = subprocess.DEVNULL
                self._guard = start(program, policy, self._backend, stdin=theirs, stdout=nowhere, stderr=nowhere)
        self._control = ours


def seed_of(seed: int, name: str) -> int:
    """A cell's seed. The submission's seed cannot be derived from it."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8]) >> 1


def _backend_for(backend: Backend) -> Backend:
    """A backend that a process can enter by itself, enough for the judge, which runs the instructor's code."""
    if backend.forks:
        return backend
    return Unconfined() if Landlock().missing() else Landlock()


def _too_much(ended: Ended) -> Verdict:
    seen = Observation(
        about="what your code returned",
        ok=False,
        seen=f"checking it had to be stopped: {ended}",
        expected="an object of ordinary size",
        next="Check the number of units and layers, and the shapes of your arrays.",
    )
    return Verdict("Your notebook's answers", Status.CRASHED, (seen,))


@contextlib.contextmanager
def folders() -> Iterator[tuple[str, str, str]]:
    """A submission's folder, one for its sockets and one for the judge. Sockets need short paths."""
    root = tempfile.mkdtemp(prefix="g-", dir="/tmp" if os.path.isdir("/tmp") else None)
    try:
        for name in ("work", "s", "j"):
            os.mkdir(f"{root}/{name}", 0o700)
        os.chmod(root, 0o711)  # for the separate user that runs the submission
        yield f"{root}/work", f"{root}/s", f"{root}/j"
    finally:
        discard(root)
