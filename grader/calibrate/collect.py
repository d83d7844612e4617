"""Runs answers over many seeds, and gathers the numbers that their checks held against a threshold."""

from __future__ import annotations

import math
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from grader.audit import trial, warm
from grader.audit.bank import Answer
from grader.build.lesson import Lesson

SECONDS_A_RUN = 90
SEEDS_A_JOB = 4
"""Few, so that the last jobs leave no core idle for long; several, so that a process is worth its start."""


@contextmanager
def scratch() -> Iterator[None]:
    """What is written to temporary files inside the block, by processes started there too, goes with it."""
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    with tempfile.TemporaryDirectory(prefix="answers-") as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before[0]
            os.environ.pop("TMPDIR") if before[1] is None else os.environ.update(TMPDIR=before[1])


@dataclass(frozen=True, order=True)
class Spot:
    """Where something is measured: the test cell, its check's title, and what the observation is about."""

    part: str
    title: str
    about: str


@dataclass(frozen=True)
class Measured:
    """A number and the threshold that it was held against."""

    value: float
    threshold: float
    at_least: bool

    @property
    def ok(self) -> bool:
        below = self.value < self.threshold if self.at_least else self.value > self.threshold
        return math.isfinite(self.value) and not below


@dataclass(frozen=True)
class Reading:
    """What one run of one answer measured. `trouble` says why, where the run lost points for something else."""

    answer: Answer
    seed: int
    measured: dict[Spot, Measured] = field(default_factory=dict)
    trouble: str = ""


def collect(
    lesson: Lesson, plan: Sequence[tuple[Answer, Sequence[int]]], workers: int, done: Callable[[int], None]
) -> list[Reading]:
    """A reading for each answer and each of its seeds, in the order of the plan. `done` is told how many came in."""
    jobs = [
        (answer, tuple(seeds[at : at + SEEDS_A_JOB]))
        for answer, seeds in plan
        for at in range(0, len(seeds), SEEDS_A_JOB)
    ]
    found: dict[tuple[str, str, int], Reading] = {}
    limit = SECONDS_A_RUN * SEEDS_A_JOB
    for (answer, seeds), runs, why in warm.run_jobs(jobs, partial(_run, lesson), workers, limit):
        readings = [read(answer, run) for run in runs] if runs else [Reading(answer, s, trouble=why) for s in seeds]
        found |= {(answer.exercise, answer.name, reading.seed): reading for reading in readings}
        done(len(seeds))
    return [found[answer.exercise, answer.name, seed] for answer, seeds in plan for seed in seeds]


def _run(lesson: Lesson, job: tuple[Answer, Sequence[int]]) -> list[trial.Run]:
    """Every half of every test, so that a visible check that fails hides no number of a hidden one."""
    answer, seeds = job
    return [trial.run_once(lesson, answer, seed, thorough=True) for seed in seeds]


def read(answer: Answer, run: trial.Run) -> Reading:
    """The numbers of a run. One that comes several times under the same name is counted: `about`, `about (2)`."""
    measured: dict[Spot, Measured] = {}
    times: Counter[Spot] = Counter()
    trouble = ""
    for part in run.parts:
        fine = True
        for title, about, value, threshold, at_least in part.measures:
            spot = Spot(part.name, title, about)
            times[spot] += 1
            if times[spot] > 1:
                spot = Spot(part.name, title, f"{about} ({times[spot]})")
            measured[spot] = Measured(value, threshold, at_least)
            fine = fine and measured[spot].ok
        if fine and not part.passed and not trouble:
            trouble = f"{part.name}: {part.status}  {part.message}"
    return Reading(answer, run.seed, measured, trouble)
