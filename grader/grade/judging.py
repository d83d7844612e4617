"""The judge's process for one submission: has test cells judged there, and shows in their outputs what it found."""

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
"""Seconds beyond a cell's own in which the judge says that it took too long."""


class Judge:
    """Judges one submission's test cells, in a sandboxed process that can read nothing but the runtime.

    It is started at the first cell, and once more after its death. `seed` is the submission's; each cell gets a seed
    of its own made from it, as the student's process may learn a cell's while it is judged.
    """

    def __init__(self, folder: str, backend: Backend, setup: str, seed: int):
        self._folder, self._backend = folder, _backend_for(backend)
        self._setup, self._seed = setup, seed
        self._control: socket.socket | None = None
        self._guard: Guard | None = None

    def hear(self, name: str, source: str, connection: socket.socket, seconds: float) -> Judged:
        """Judge one test cell on what a connection to the student's process brings. Never raises."""
        request = {
            "source": source,
            "name": name,
            "setup": self._setup,
            "seed": seed_of(self._seed, name),
            "limits": {"cell": seconds, "call": 0.95 * seconds},  # so that it is the call of which one hears
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
        """What it means that the judge's process has ended: it may have been too much that it was given."""
        ended = self._guard.poll() if self._guard else None
        self.close()
        if ended and ended.why in OVERUSE:
            return Judged(Status.CRASHED, (_too_much(ended),))
        return Judged(Status.FAULT, fault=f"the judge's process is gone: {ended or 'nobody knows why'}")

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
    """A cell's seed. The submission's own cannot be worked out from it."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8]) >> 1


def _backend_for(backend: Backend) -> Backend:
    """Of what runs the submission, as much as a process can enter: the judge runs the instructor's code only."""
    if backend.forks:
        return backend
    return Unconfined() if Landlock().missing() else Landlock()


def _too_much(ended: Ended) -> Verdict:
    seen = Observation(
        about="what your code returned",
        ok=False,
        seen=f"looking at it had to be stopped: {ended}",
        expected="something of a usual size",
        next="Look at the number of units and layers, and at the shapes of your arrays.",
    )
    return Verdict("Your notebook's answers", Status.CRASHED, (seen,))


@contextlib.contextmanager
def folders() -> Iterator[tuple[str, str, str]]:
    """A submission's own folder, one for its sockets, and the judge's; the paths are short, as sockets want it."""
    root = tempfile.mkdtemp(prefix="g-", dir="/tmp" if os.path.isdir("/tmp") else None)
    try:
        for name in ("work", "s", "j"):
            os.mkdir(f"{root}/{name}", 0o700)
        os.chmod(root, 0o711)  # for the user that a submission gets of its own
        yield f"{root}/work", f"{root}/s", f"{root}/j"
    finally:
        discard(root)
