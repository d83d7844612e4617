"""Runs test cells over a connection to the student's process, and returns how each ended as plain data.

A test receives values that were rebuilt here, and handles. The judge measures a rebuilt model itself, on data that the
student's process has not seen: its shape, its loss, its weights, its accuracy on new rows. Some claims cannot be
verified, because only the student's process saw what happened:

- how a result was computed: the epochs, rows and validation data of a `fit` (`Task.fits`), the contents of a History,
  a call of `evaluate`. The judge checks only that such claims are well-formed and consistent;
- everything about an object behind a handle: a model of the student's own class, a function, a callback. It answers
  for itself, but cannot know the questions in advance;
- which file a model was read from. The file's bytes show whether it contains the model's weights (`files.holds`).

To forge these, the student's process has to answer fresh questions as a right solution would. Remote calls draw from
their own seed, so that the cell's later questions can't be derived from it.
"""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from grader import student
from grader.check.core import remote_calls, seeds
from grader.check.tasks import listeners
from grader.judge import allow_list, keras_data
from grader.judge.remote import ODD, SLOW, Connection, Ended
from grader.judge.wire import Stream
from grader.verdict import CAPS, CheckFailed, NotBegun, Observation, Status, StudentError, Verdict, shorten


@dataclass(frozen=True)
class JudgeLimits:
    """Seconds for a cell, and for each call into the student's process."""

    cell: float = 120.0
    call: float = 90.0


@dataclass
class CellResult:
    """How a test cell ended. `fault` says what went wrong in the grader, or may have, whatever the status is."""

    status: str
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    fault: str = ""
    seconds: float = 0.0
    calls: int = 0

    def to_data(self) -> dict[str, Any]:
        return asdict(self) | {"status": str(self.status)}


class Session:
    """Judges the test cells of one submission, one after the other. `setup` is the lesson's setup cell."""

    def __init__(self, setup: str = ""):
        self._setup = setup
        self._namespace: dict[str, Any] | None = None

    def judge(
        self, source: str, name: str, connection: socket.socket, seed: int, limits: JudgeLimits
    ) -> dict[str, Any]:
        """Run a test cell, its visible and its hidden half; `CellResult` as data.

        The connected socket is closed, which ends the other side. The instructor wrote the cell, so any exception other
        than a failed check or an error of the submission is a grader fault.
        """
        started = time.monotonic()
        verdicts: list[Verdict] = []
        with connection, tempfile.TemporaryDirectory(prefix="judge-") as folder, _surroundings(seed, folder):
            asked = Connection(Stream(connection), folder, limits.call, started + limits.cell, beside(seed))
            listeners[:] = [verdicts.append]
            student._connect(asked.get)
            outcome = self._run(source, name, asked, verdicts)
        outcome.verdicts = [Verdict.from_json(verdict.to_json()).to_json() for verdict in verdicts[-CAPS.verdicts :]]
        outcome.fault = shorten(outcome.fault)
        outcome.seconds, outcome.calls = time.monotonic() - started, asked.calls
        return outcome.to_data()

    def _run(self, source: str, name: str, asked: Connection, verdicts: list[Verdict]) -> CellResult:
        try:
            if self._namespace is None:
                namespace: dict[str, Any] = {"__name__": "judge"}
                _execute(self._setup, "<setup>", namespace)
                self._namespace = namespace
            seeds.seed_everything(
                "the cell", name
            )  # independent of random draws in the setup cell and in earlier cells
            with _time_limit(asked.deadline):
                _execute(source, f"<tests of {name}>", dict(self._namespace))
        except CheckFailed as failed:
            return self._failed(failed, asked, verdicts)
        except Ended as ended:
            verdicts.append(_words(name, Status.CRASHED, "your code ran", ended.seen, ended.next))
            return CellResult(str(ended.status), fault="; ".join(asked.complaints))
        except NotBegun as error:  # outside of any task: a quiz that was never answered
            verdicts.append(_words(name, Status.NOT_ATTEMPTED, "your answer", error.seen, error.next))
            return CellResult(str(Status.NOT_ATTEMPTED))
        except StudentError as error:
            verdicts.append(_words(name, Status.CRASHED, "your code ran", str(error), error.hint))
            return CellResult(str(Status.CRASHED))
        except AssertionError:  # a plain assert in the test; its message may reveal the test
            verdicts.append(_words(name, Status.WRONG, "the test", "not what it asks for", "Read the task again."))
            return CellResult(str(Status.WRONG))
        except MemoryError:
            seen = "what your code returned needs more memory than there is"
            verdicts.append(_words(name, Status.CRASHED, "your code ran", seen, ODD))
            return CellResult(str(Status.CRASHED))
        except (Exception, SystemExit) as error:  # anything else is a fault of the test cell
            return CellResult(Status.FAULT, fault=f"{type(error).__name__}: {error}")
        return CellResult(Status.PASSED)

    def _failed(self, failed: CheckFailed, asked: Connection, verdicts: list[Verdict]) -> CellResult:
        """An error in a check is a grader fault, unless the check relied on an answer that the judge can't verify.

        The fault is reported in both cases, because a correct answer that a check can't handle looks the same.
        """
        status = failed.verdict.status
        fault = "; ".join(asked.complaints)
        if status is not Status.FAULT:
            return CellResult(str(status), fault=fault)
        words = failed.verdict.observations[-1].seen if failed.verdict.observations else str(failed)
        fault = "; ".join(filter(None, [words, fault]))
        if not asked.claims:
            return CellResult(str(status), fault=fault)
        *before, _ = failed.verdict.observations
        unusable = Observation("your object's answers", False, "can't be used", "answers that fit together", next=ODD)
        verdicts[-1:] = [Verdict(failed.verdict.title, Status.CRASHED, (*before, unusable))]
        return CellResult(str(Status.CRASHED), fault=fault)


def judge(
    source: str, name: str, setup: str, connection: socket.socket, seed: int = 0, limits: JudgeLimits | None = None
) -> dict[str, Any]:
    """`Session.judge` for a single test cell."""
    return Session(setup).judge(source, name, connection, seed, limits or JudgeLimits())


def beside(seed: int) -> int:
    """The seed of remote calls. The cell's own seed, and so its later questions, can't be derived from it."""
    return int.from_bytes(hashlib.sha256(f"beside {seed}".encode()).digest()[:8]) >> 1


def _execute(source: str, filename: str, namespace: dict[str, Any]) -> None:
    exec(compile(source, filename, "exec"), namespace)


def _words(name: str, status: Status, about: str, seen: str, advice: str) -> Verdict:
    """A verdict for a cell that ended without one."""
    return Verdict(name, status, (Observation(about, False, seen, next=advice),))


@contextmanager
def _surroundings(seed: int, folder: str) -> Iterator[None]:
    """Sets the seed, environment and temporary folder of one request, and restores all of them afterwards."""
    kept = {name: os.environ.get(name) for name in ("GRADER_SEED", "NBGRADER_EXECUTION")}
    before, heard, found = tempfile.tempdir, list(listeners), student._find
    os.environ |= {"GRADER_SEED": str(seed), "NBGRADER_EXECUTION": "autograde"}
    tempfile.tempdir = os.path.realpath(folder)
    if keras := sys.modules.get("keras"):
        keras.utils.clear_session(free_memory=False)
    try:
        with keras_data.allowance(allow_list.CAPS.parameters, 10 * allow_list.CAPS.parameters):
            yield
    finally:
        tempfile.tempdir, listeners[:] = before, heard
        student._connect(found)
        remote_calls.forget_moves()
        for name, value in kept.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@contextmanager
def _time_limit(deadline: float) -> Iterator[None]:
    """Raises Ended if the judge's own computations take too long. Works in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    running = [True]

    def late(*_: Any) -> None:
        if running:
            raise Ended(Status.TIMED_OUT, "checking what your code returned took too long", SLOW)

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(
        signal.ITIMER_REAL, max(deadline - time.monotonic(), 0.001), 1.0
    )  # repeatedly, because an exception handler may swallow the first
    try:
        yield
    finally:
        try:
            running.clear()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
