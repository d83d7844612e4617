"""Runs answers over many seeds and gathers the numbers that their checks compared with a threshold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from grader.audit import trial, warm
from grader.audit.bank import Answer
from grader.lessons.lesson import Lesson
from grader.verdict import Measure

SEEDS_A_JOB = 4
"""Few, so that no core is idle for long at the end; more than one, so that starting a process pays off."""


@dataclass(frozen=True, order=True)
class Spot:
    """Where something is measured: the test cell, its check's title, and what the observation is about."""

    part: str
    title: str
    about: str


@dataclass(frozen=True)
class Reading:
    """What one run of one answer measured. If it lost points for another reason, `trouble` says which."""

    answer: Answer
    seed: int
    measured: dict[Spot, Measure] = field(default_factory=dict)
    trouble: str = ""


def collect(
    lesson: Lesson, plan: Sequence[tuple[Answer, Sequence[int]]], workers: int, done: Callable[[int], None]
) -> list[Reading]:
    """A reading for each answer and each of its seeds, in the order of the plan.

    Calls `done` with the number of runs whenever some have finished.
    """
    jobs = [
        (answer, tuple(seeds[at : at + SEEDS_A_JOB]))
        for answer, seeds in plan
        for at in range(0, len(seeds), SEEDS_A_JOB)
    ]
    found: dict[tuple[str, str, int], Reading] = {}
    limit = trial.SECONDS_A_RUN * SEEDS_A_JOB
    for (answer, seeds), runs, why in warm.run_jobs(jobs, partial(_run, lesson), workers, limit):
        readings = [read(answer, run) for run in runs] if runs else [Reading(answer, s, trouble=why) for s in seeds]
        found |= {(answer.exercise, answer.name, reading.seed): reading for reading in readings}
        done(len(seeds))
    return [found[answer.exercise, answer.name, seed] for answer, seeds in plan for seed in seeds]


def _run(lesson: Lesson, job: tuple[Answer, Sequence[int]]) -> list[trial.Run]:
    """Run every half of every test, so that numbers of hidden checks are measured even if a visible one fails."""
    answer, seeds = job
    return [trial.run_once(lesson, answer, seed, thorough=True) for seed in seeds]


def read(answer: Answer, run: trial.Run) -> Reading:
    """The numbers of a run. Repeated names are counted: `about`, `about (2)`."""
    measured: dict[Spot, Measure] = {}
    times: Counter[Spot] = Counter()
    trouble = ""
    for part in run.parts:
        fine = True
        for title, about, measure in part.measures:
            spot = Spot(part.name, title, about)
            times[spot] += 1
            if times[spot] > 1:
                spot = Spot(part.name, title, f"{about} ({times[spot]})")
            measured[spot] = measure
            fine = fine and measure.ok
        if fine and not part.passed and not trouble:
            trouble = f"{part.name}: {part.status}  {part.message}"
    return Reading(answer, run.seed, measured, trouble)
