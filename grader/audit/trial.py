"""One trial: one answer through the tests of its exercise, in a namespace of its own, for several seeds."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.audit.bank import Answer, Merit
from grader.build.lesson import Kind, Lesson


@dataclass(frozen=True)
class Part:
    """How one test cell ended. `status` is a check's Status; `message` is what a failing check said first."""

    name: str
    points: float
    status: str
    message: str = ""
    visible: bool = False


@dataclass(frozen=True)
class Run:
    """One run with one seed."""

    seed: int
    parts: tuple[Part, ...]
    seconds: float

    @property
    def full(self) -> bool:
        return all(part.status == "passed" for part in self.parts)

    @property
    def faults(self) -> list[Part]:
        return [part for part in self.parts if part.status == "grader fault"]


@dataclass(frozen=True)
class Trial:
    """An answer and its runs; `died` tells how its process ended early, if it did."""

    answer: Answer
    runs: tuple[Run, ...] = field(default=())
    died: str = ""

    @property
    def false_reject(self) -> bool:
        right = self.answer.deserves is Merit.RIGHT
        return right and (not self.runs or not all(run.full for run in self.runs))

    @property
    def false_accept(self) -> bool:
        return self.answer.deserves is Merit.WRONG and any(run.full for run in self.runs)

    @property
    def fault(self) -> bool:
        return any(run.faults for run in self.runs)

    @property
    def flaky(self) -> bool:
        return len({tuple(part.status for part in run.parts) for run in self.runs}) > 1

    @property
    def seconds(self) -> float:
        return max((run.seconds for run in self.runs), default=0.0)


def run_once(lesson: Lesson, answer: Answer, seed: int) -> Run:
    """The answer through every test cell of its exercise, with fresh data drawn from `seed`."""
    from grader import student

    os.environ["GRADER_SEED"] = str(seed)
    namespace: dict[str, Any] = {"__name__": "answer"}
    started = time.perf_counter()
    _execute(lesson.setup.source, "<setup>", namespace)
    student._connect(namespace.__getitem__)
    _execute(answer.source, answer.path, namespace)
    cells = [cell for cell in lesson.of(Kind.TEST) if cell.id == answer.exercise]
    parts = tuple(_part(cell, namespace) for cell in cells)
    return Run(seed, parts, time.perf_counter() - started)


def _part(cell: Any, namespace: dict[str, Any]) -> Part:
    from grader.check.task import listeners
    from grader.check.verdict import CheckFailed

    verdicts: list[Any] = []
    listeners[:] = [verdicts.append]
    name = f"{cell.id}/{cell.part}" if cell.part else cell.id
    try:
        _execute(cell.source, f"<tests of {name}>", dict(namespace))
    except CheckFailed as failed:
        first = next((o for o in failed.verdict.observations if not o.ok), None)
        message = f"{failed.verdict.title} · {first.about}: {first.seen}" if first else str(failed)
        return Part(name, cell.points, str(failed.verdict.status), message, len(verdicts) == 1)
    except Exception as error:  # a test cell that raises anything else is ours to mend
        return Part(name, cell.points, "grader fault", f"{type(error).__name__}: {error}")
    return Part(name, cell.points, "passed")


def _execute(source: str, filename: str, namespace: dict[str, Any]) -> None:
    exec(compile(source, filename, "exec"), namespace)


def run_all(lesson: Lesson, answer: Answer, seeds: Sequence[int]) -> tuple[Run, ...]:
    """`run_once` for each seed. Meant for a process of its own: answers may leave anything behind."""
    import keras

    os.environ["NBGRADER_EXECUTION"] = "autograde"
    runs = []
    for seed in seeds:
        keras.backend.clear_session()
        runs.append(run_once(lesson, answer, seed))
    return tuple(runs)
