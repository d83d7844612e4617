"""A task: runs the student's code, collects observations, and shows the verdict or raises it as an exception."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

import numpy as np

from grader import verdict as v
from grader.check.core import display
from grader.check.core.guarded import attempt
from grader.check.core.register import export
from grader.check.core.remote_calls import Handle
from grader.check.core.seeds import seed, seed_everything
from grader.check.core.streams import errors_as_output
from grader.check.remote import fit_spy
from grader.check.remote.queries import seed_beside
from grader.verdict import Measure, Observation, Status, Verdict

listeners: list[Callable[[Verdict], None]] = []
"""Functions that are called with each verdict in place of displaying it; an audit adds one."""


class _Stop(Exception):
    """Ends the check: after the last observation nothing more can be checked."""


class Task:
    """One titled check, used as `with check.task(title) as task:`.

    The block runs the student's code through `run` and passes oracles to `expect`. All observations are collected; an
    exception in the student's code becomes one of them. At the end of the block, the verdict is shown and, unless it
    passed, raised as `Wrong`, `Crashed` or `GraderFault`. A task that was not attempted is raised as `NotAttempted`,
    but only while grading. `passed_as` replaces "passed" where that word would claim more than was checked. With
    `watch_fit`, calls of `fit` are recorded in `fits` while the student's code runs.
    """

    def __init__(self, title: str, passed_as: str = "", watch_fit: bool = False):
        self.title = title
        self.passed_as = passed_as
        self.observations: list[Observation] = []
        self._watch_fit = watch_fit
        self._fits: list[fit_spy.Fit] = []
        self._crashed = False
        self._runs = 0
        self._open = ExitStack()

    def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call the student's `function` and return its result. Raises the exceptions of `guarded.attempt`.

        Arrays are passed as copies, so the check's own data stay unchanged. Weights and shuffles are seeded,
        differently for each run.
        """
        self._runs += 1
        seed_everything(self.title, self._runs)
        args = [value.copy() if isinstance(value, np.ndarray) else value for value in args]
        for value in (function, *args):
            if isinstance(value, Handle):
                seed_beside(value, seed(self.title, self._runs))
        if not self._watch_fit:
            return function(*args, **kwargs) if isinstance(function, Handle) else attempt(function, *args, **kwargs)
        if isinstance(function, Handle):
            returned, self._fits = fit_spy.beside(function, *args, **kwargs)
            return returned
        with fit_spy.fits() as self._fits:
            return attempt(function, *args, **kwargs)

    @property
    def fits(self) -> list[fit_spy.Fit]:
        """The calls of `fit` in the last `run`. Raises RuntimeError in a task without `watch_fit`."""
        if not self._watch_fit:
            raise RuntimeError(f"check.task({self.title!r}, watch_fit=True) is needed to look at `fits`")
        return self._fits

    def expect(self, *oracles: Iterable[Observation]) -> None:
        """Collect the observations of each oracle. After a crash in one oracle the others still run."""
        for oracle in oracles:
            try:
                self._gather(oracle)
            except v.StudentError as error:
                self._record_crash(error)

    def _gather(self, oracle: Iterable[Observation]) -> None:
        for observation in oracle:
            self.observations.append(observation)
            if observation.stop and not observation.ok:
                raise _Stop

    def _record_crash(self, error: v.StudentError) -> None:
        self._crashed = True
        read = "Read the last line first" + (", then the line of your code above it." if error.lines else ".")
        crash = Observation(
            about="your code ran",
            ok=False,
            seen="\n".join([*error.lines, str(error)]),
            expected="no error",
            next=error.hint or read,
        )
        if crash not in self.observations:  # the same line may stop several oracles
            self.observations.append(crash)

    def __enter__(self) -> Task:
        if _grading():
            self._open.enter_context(errors_as_output())
        return self

    def __exit__(self, kind, error, traceback) -> bool:
        self._open.close()
        if error is not None and not isinstance(error, Exception):
            return False  # an interrupt, or the process is ending
        status = self._status(error)
        verdict = Verdict(self.title, status, tuple(self.observations), self.passed_as)
        _deliver(verdict)
        if status is Status.PASSED or (status is Status.NOT_ATTEMPTED and not _grading()):
            return True
        raise v.EXCEPTIONS[status](verdict) from (error if status is Status.FAULT else None)

    def _status(self, error: Exception | None) -> Status:
        match error:
            case v.NotBegun():
                self.observations = [Observation("your answer", False, error.seen, next=error.next)]
                return Status.NOT_ATTEMPTED
            case v.StudentError():
                self._record_crash(error)
            case None | _Stop():
                pass
            case _:
                self.observations.append(_our_fault(error))
                return Status.FAULT
        if self._crashed:
            return Status.CRASHED
        if not self.observations:
            self.observations.append(_our_fault(RuntimeError("the check made no observation")))
            return Status.FAULT
        return Status.PASSED if all(o.ok for o in self.observations) else Status.WRONG


def _our_fault(error: Exception) -> Observation:
    return Observation(
        about="the check itself",
        ok=False,
        seen=f"{type(error).__name__}: {error}",
        why="The check failed, not your answer. This costs you no points.",
        next="Send this message to your instructor and name the exercise.",
    )


def _grading() -> bool:
    """Whether nbgrader is grading or validating: it sets this environment variable then."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def _deliver(verdict: Verdict) -> None:
    if listeners:
        for listener in listeners:
            listener(verdict)
        return
    from IPython import get_ipython
    from IPython.display import display as publish

    if get_ipython() is not None:
        publish(display.bundle(verdict), raw=True)
    else:
        print(display.text(verdict))


task = export(Task, "task")
export(Observation, "Observation")
export(Measure, "Measure")
