"""One trial: one answer through the tests of its exercise, in its own namespace, with several seeds."""

from __future__ import annotations

import linecache
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from grader.audit.bank import Answer, Label
from grader.lessons import regions
from grader.lessons.lesson import Cell, Kind, Lesson
from grader.verdict import Measure

PASSED, FAULT = "passed", "grader fault"
SECONDS_A_RUN = 90

Measured = tuple[str, str, Measure]
"""A verdict's title, what an observation was about, and the number measured."""


@dataclass(frozen=True)
class Part:
    """How one test cell ended.

    `status` is what nbgrader would see, a check's Status; `message` is the first thing a failing check said. `visible`
    and `hidden` are the statuses of the cell's two halves, "" for a half that doesn't exist or can't run alone.
    `measures` are the numbers that were compared with a threshold.
    """

    name: str
    points: float | None
    status: str
    message: str = ""
    visible: str = ""
    hidden: str = ""
    measures: tuple[Measured, ...] = ()

    @property
    def passed(self) -> bool:
        return self.status == PASSED


@dataclass(frozen=True)
class Run:
    """One run with one seed."""

    seed: int
    parts: tuple[Part, ...]
    seconds: float

    @property
    def full(self) -> bool:
        return all(part.passed for part in self.parts)

    @property
    def faults(self) -> list[Part]:
        return [part for part in self.parts if part.status == FAULT]


@dataclass(frozen=True)
class Trial:
    """An answer and its runs; `died` says how its process ended early, if it did."""

    answer: Answer
    runs: tuple[Run, ...] = field(default=())
    died: str = ""

    @property
    def false_reject(self) -> bool:
        right = self.answer.deserves is Label.RIGHT
        return right and (not self.runs or not all(run.full for run in self.runs))

    @property
    def false_accept(self) -> bool:
        return self.answer.deserves is Label.WRONG and any(run.full for run in self.runs)

    @property
    def fault(self) -> bool:
        return any(run.faults for run in self.runs)

    @property
    def flaky(self) -> bool:
        """Whether runs differ in the parts that both reached."""
        first = {part.name: part.status for part in self.runs[0].parts} if self.runs else {}
        return any(part.status != first.get(part.name) for run in self.runs for part in run.parts)

    @property
    def seconds(self) -> float:
        return max((run.seconds for run in self.runs), default=0.0)


def run_all(lesson: Lesson, answer: Answer, seeds: Sequence[int], quick: bool = False) -> tuple[Run, ...]:
    """`run_once` for each seed. Meant to run in a process of its own: an answer may leave anything behind.

    The first seed runs every half of every test cell, which shows which of them caught the answer. The other seeds
    (with `quick` the first one, too) stop at a cell's first failure, as grading does, and for a wrong answer at the
    first part that it loses; they start with a part that it lost before.
    """
    wrong = answer.deserves is Label.WRONG
    again = run_until_lost if wrong else partial(run_once, thorough=False)
    first = (again if quick else run_once)(lesson, answer, seeds[0])
    if wrong:
        again = partial(again, begin=next((part.name for part in first.parts if not part.passed), ""))
    return first, *(again(lesson, answer, seed) for seed in seeds[1:])


def run_once(lesson: Lesson, answer: Answer, seed: int, thorough: bool = True) -> Run:
    """The answer through every test cell of its exercise, with fresh data drawn from `seed`.

    With `thorough`, a cell's hidden half runs although its visible one failed.
    """
    started = time.perf_counter()
    parts = tuple(run_parts(lesson, answer, answer.exercise, seed, thorough))
    return Run(seed, parts, time.perf_counter() - started)


def run_until_lost(lesson: Lesson, answer: Answer, seed: int, begin: str = "") -> Run:
    """Like `run_once`, but only up to the first part that the answer loses; an answer that can't be defined loses all.

    The part called `begin` comes first.
    """
    started, parts = time.perf_counter(), []
    try:
        for part in run_parts(lesson, answer, answer.exercise, seed, thorough=False, begin=begin):
            parts.append(part)
            if not part.passed:
                break
    except NotDefined as error:
        parts.append(Part("definition", 0, "crashed", str(error)))
    return Run(seed, tuple(parts), time.perf_counter() - started)


def lost_elsewhere(lesson: Lesson, answer: Answer, seed: int) -> list[str]:
    """The parts of other exercises that fail with this answer in a notebook that is otherwise solved."""
    others = dict.fromkeys(cell.id for cell in lesson.of(Kind.EXERCISE) if cell.id != answer.exercise)
    parts = [p for other in others for p in run_parts(lesson, answer, other, seed, thorough=False)]
    return [part.name for part in parts if not part.passed]


class NotDefined(Exception):
    """An answer's cell raises an error by itself, before any of it is called."""


def run_parts(
    lesson: Lesson, answer: Answer, exercise: str, seed: int, thorough: bool, begin: str = ""
) -> Iterator[Part]:
    """The parts of `exercise`, one after the other, in a notebook with `answer` and otherwise solved.

    The part called `begin` comes first, the others in the lesson's order. Raises NotDefined.
    """
    namespace = _notebook(lesson, answer, seed)
    cells = [cell for cell in lesson.of(Kind.TEST) if cell.id == exercise]
    for cell in sorted(cells, key=lambda cell: _name(cell) != begin):
        yield _part(cell, dict(namespace), thorough)


def run_visible(lesson: Lesson, answer: Answer, seed: int) -> None:
    """Runs the visible half of each test cell of its exercise, whatever the verdict. Raises NotDefined."""
    namespace = _notebook(lesson, answer, seed)
    for cell in lesson.of(Kind.TEST):
        if cell.id == answer.exercise:
            _half(halves(cell.source)[0], _name(cell), dict(namespace))


def _notebook(lesson: Lesson, answer: Answer, seed: int) -> dict[str, Any]:
    """The namespace of a notebook with `answer`, otherwise solved."""
    from grader import student

    _begin(seed)
    namespace: dict[str, Any] = {"__name__": "answer"}
    if lesson.setup:
        _execute(lesson.setup.source, "<setup>", namespace)
    student._connect(namespace.__getitem__)
    for cell in lesson.of(Kind.EXERCISE):
        if cell.id != answer.exercise:
            _execute(regions.solved(cell.source), f"<solution of {cell.id}>", namespace)
    try:
        _execute(answer.source, answer.path, namespace)
    except Exception as error:
        raise NotDefined(f"{type(error).__name__}: {error}") from error
    return namespace


def _begin(seed: int) -> None:
    os.environ["GRADER_SEED"] = str(seed)
    os.environ["NBGRADER_EXECUTION"] = "autograde"  # a stub then fails, as it does when it is graded
    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session(free_memory=False)


def _name(cell: Cell) -> str:
    return f"{cell.id}/{cell.part}" if cell.part else cell.id


def _part(cell: Cell, namespace: dict[str, Any], thorough: bool) -> Part:
    name = _name(cell)
    visible, hidden = halves(cell.source)
    seen, message, measures = _half(visible, name, namespace)
    status, caught_late = seen, ""
    if hidden and (thorough or seen == PASSED):
        caught_late, said, more = _half(hidden, name, namespace)
        measures += more
        if seen == PASSED:
            status, message = caught_late, said
        elif caught_late == FAULT:
            caught_late = ""  # it needs what the visible half no longer came to
    return Part(name, cell.points, status, message, seen, caught_late, measures)


def halves(source: str) -> tuple[str, str]:
    """The visible and the hidden half of a test cell, lines numbered as in the whole.

    A hidden half that isn't valid Python by itself comes with the visible one before it.
    """
    kept: dict[bool, list[str]] = {False: [], True: []}
    inside = False
    for line in source.split("\n"):
        mark = line.strip() in (f"### BEGIN {regions.HIDDEN}", f"### END {regions.HIDDEN}")
        inside = inside ^ mark
        kept[True].append(line if inside and not mark else "")
        kept[False].append("" if inside or mark else line)
    visible, hidden = ("\n".join(kept[half]) for half in (False, True))
    if not hidden.strip():
        return visible, ""
    try:
        compile(hidden, "<hidden>", "exec")
    except SyntaxError:
        return visible, source
    return visible, hidden


def _half(source: str, name: str, namespace: dict[str, Any]) -> tuple[str, str, tuple[Measured, ...]]:
    """The status of half a test cell, what a failing check said first, and what was measured."""
    from grader.check.tasks import listeners
    from grader.verdict import CheckFailed

    verdicts: list[Any] = []
    listeners[:] = [verdicts.append]
    status, message = PASSED, ""
    try:
        _execute(source, f"<tests of {name}>", namespace)
    except CheckFailed as failed:
        first = next((o for o in failed.verdict.observations if not o.ok), None)
        message = f"{failed.verdict.title} · {first.about}: {first.seen}" if first else str(failed)
        status = str(failed.verdict.status)
    except Exception as error:  # a test cell that raises anything else is our fault
        status, message = FAULT, f"{type(error).__name__}: {error}"
    finally:
        listeners.clear()
    return status, message, tuple(_measures(verdicts))


def _measures(verdicts: Sequence[Any]) -> Iterator[Measured]:
    for verdict in verdicts:
        for seen in verdict.observations:
            if m := seen.measured:
                yield verdict.title, seen.about, Measure(float(m.value), float(m.threshold), bool(m.at_least))


def _execute(source: str, filename: str, namespace: dict[str, Any]) -> None:
    """Run the source, and let `inspect` find it for the functions that it defines, as in a notebook.

    Without the source, AutoGraph would not convert the `if` and `while` of a `tf.function`.
    """
    linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
    exec(compile(source, filename, "exec"), namespace)
