"""`grader audit`: runs the bank and the mutants through the checks, and returns the exit code that CI looks at."""

from __future__ import annotations

import json
import resource
import zlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from grader.audit import bank, current, mutants, overfitted, publish, tables, warm
from grader.audit.bank import Answer
from grader.audit.findings import Audit
from grader.audit.mutants import Mutant, MutantResult
from grader.audit.trial import SECONDS_A_RUN, Run, Trial, lost_elsewhere, run_all, run_until_lost
from grader.errors import UserError
from grader.fingerprint import Fingerprint, drawn
from grader.lessons import read_lesson
from grader.lessons.lesson import Cell, Kind, Lesson

CPU_SECONDS_A_MUTANT = 40
"""A mutant may loop forever; unlike wall time, CPU time doesn't depend on what else the machine does."""


@dataclass(frozen=True)
class Options:
    """What to audit, and how thoroughly. `share` and `offset` choose a part of the bank, and the seeds.

    `quick` runs a wrong answer only until it has lost a part, which says nothing about the tests after it. With
    `changed`, only exercises that have changed since their rates were published are audited, and of all other answers
    a random `sample`, which the number `draw` chooses.
    """

    seeds: int = 3
    only: str | None = None
    workers: int | None = None
    mutants: bool = True
    share: float = 1.0
    offset: int = 0
    verbose: bool = False
    quick: bool = False
    changed: bool = False
    sample: float = 0.0
    draw: int = 0


@dataclass(frozen=True)
class Job:
    """One answer or mutant, and the seeds to run it with."""

    lesson: Lesson = field(repr=False)
    answer: Answer = field(repr=False)
    seeds: tuple[int, ...]
    mutant: Mutant | None = None
    elsewhere: bool = False
    quick: bool = False

    @property
    def limit(self) -> float:
        """Seconds."""
        return (4 * CPU_SECONDS_A_MUTANT if self.mutant else SECONDS_A_RUN) * len(self.seeds)


def audit(folders: Sequence[Path], options: Options, report: Path | None = None, publishing: bool = False) -> int:
    """Audit the lessons in `folders` and print what was found. Returns 1 when something must be fixed, else 0."""
    lessons = _lessons(folders, options.only)
    if publishing:
        _can_be_published(lessons, options)
    console = Console(highlight=False)
    scope = _scope(lessons, options, console) if options.changed else None
    warm.warm_up()
    with warm.scratch():
        audits = run(lessons, options, scope)
    for found in audits:
        tables.show(console, found, options.verbose)
    console.print(_sum(audits))
    if report:
        report.write_text(json.dumps([tables.as_data(found) for found in audits], indent=1) + "\n")
    if publishing:
        console.print(f"written: {', '.join(map(str, publish.write(audits)))}")
    return int(any(found.failed for found in audits))


def _can_be_published(lessons: Sequence[Lesson], options: Options) -> None:
    """Raises UserError for an audit whose rates would say more than was looked at."""
    if options.only or options.share < 1 or not options.mutants or options.quick or options.sample:
        raise UserError(
            "A part of an audit is not published.",
            "Leave out --only, --share, --sample, --quick and --no-mutants; --changed may stay.",
        )
    page = publish.read()
    for lesson in lessons if options.changed else ():
        seeds = page.get(lesson.name, {}).get("seeds", options.seeds)
        if seeds != options.seeds:
            raise UserError(
                f"The published rates of {lesson.name} are those of {seeds} seeds, not of {options.seeds}.",
                f"Add --seeds {seeds}, or audit the whole lab: leave out --changed.",
            )


Scope = Container[tuple[str, str]]
"""Lab and name of each exercise that is audited as a whole."""


def _scope(lessons: Sequence[Lesson], options: Options, console: Console) -> set[tuple[str, str]]:
    """The exercises that have changed since their rates were published. Says which, and why."""
    page, found = publish.read(), set()
    for lesson in lessons:
        for cell, what in current.changes(lesson, page.get(lesson.name)):
            found.add((lesson.name, cell.id))
            console.print(f"{lesson.name}, {cell.id}: changed since it was published: {', '.join(what)}", markup=False)
    console.print(f"{len(found) or 'No'} exercise{'s' * (len(found) != 1)} changed since the rates were published.")
    if options.sample:
        console.print(f"{options.sample:.0%} of all other answers, to be drawn again by --draw {options.draw}.")
    return found


def _lessons(folders: Sequence[Path], only: str | None) -> list[Lesson]:
    lessons = [read_lesson(folder) for folder in folders]
    with_it = [x for x in lessons if only is None or only in {cell.id for cell in x.of(Kind.EXERCISE)}]
    if not with_it:
        bank.exercises(lessons[0], only)  # says which there are
    return with_it


def run(lessons: Sequence[Lesson], options: Options, scope: Scope | None = None) -> list[Audit]:
    """The audit of each lesson. Everything goes through one queue, so that no core waits for a lesson to end.

    With a `scope`, only its exercises are audited, and `options.sample` of all other answers.
    """
    seeds = tuple(range(options.offset, options.offset + options.seeds))
    whole = [
        (lesson, cell)
        for lesson in lessons
        for cell in bank.exercises(lesson, options.only)
        if scope is None or (lesson.name, cell.id) in scope
    ]
    # Taken before anything runs: what is edited meanwhile has not been audited.
    prints = {(lesson.name, cell.id): current.fingerprint_of(lesson, cell) for lesson, cell in whole}
    seen = _seen_in_the_tests(whole, options) if options.mutants else {}
    jobs = [job for lesson in lessons for job in _jobs(lesson, seeds, options, seen, scope)]
    done = _work_off(jobs, options.workers or warm.AT_A_TIME)
    audits = [_audit(lesson, options, jobs, done, prints) for lesson in lessons]
    accepted = [
        Job(lesson, trial.answer, seeds[:1], elsewhere=True)
        for lesson, found in zip(lessons, audits, strict=True)
        for trial in found.trials
        if trial.false_accept
    ]
    lost = _work_off(accepted, options.workers or warm.AT_A_TIME)
    return [replace(found, elsewhere=_lost(found, accepted, lost)) for found in audits]


Seen = Mapping[tuple[str, str], overfitted.Seen]
"""By lab and exercise: what the visible tests pass to its functions."""


def _seen_in_the_tests(cells: Sequence[tuple[Lesson, Cell]], options: Options) -> Seen:
    workers, found = options.workers or warm.AT_A_TIME, {}
    for at, seen, _ in warm.run_jobs(
        range(len(cells)), lambda at: mutants.seen_in_the_tests(*cells[at]), workers, 2 * SECONDS_A_RUN
    ):
        lesson, cell = cells[at]
        found[lesson.name, cell.id] = seen or {}  # a solution that can't run is reported as one that loses points
    return found


def _jobs(
    lesson: Lesson, seeds: tuple[int, ...], options: Options, seen: Seen, scope: Scope | None = None
) -> Iterator[Job]:
    for cell in bank.exercises(lesson, options.only):
        if scope is not None and (lesson.name, cell.id) not in scope:
            yield from _sampled(lesson, cell, options)
            continue
        for answer in bank.answers(lesson, cell):
            if answer.name in bank.OWN or _drawn(f"{answer.exercise}/{answer.name}", options):
                yield Job(lesson, answer, seeds, quick=options.quick and answer.name not in bank.OWN)
        if options.mutants:
            for mutant in mutants.chosen(cell, seen[lesson.name, cell.id]):
                if _drawn(f"{mutant.exercise}/{mutant.what}", options):
                    yield Job(lesson, mutant.as_answer(), seeds if mutant.is_fitted else seeds[:1], mutant)


PUBLISHED_SEEDS = 5


def _sampled(lesson: Lesson, cell: Cell, options: Options) -> Iterator[Job]:
    """A random share of an exercise's answers, with one of the seeds that the published rates cover.

    With such a seed an answer must be judged as it was: otherwise something changed that its fingerprint doesn't see.
    """
    for answer in bank.answers(lesson, cell):
        if drawn(f"{lesson.name}/{cell.id}/{answer.name}", options.sample, options.draw):
            yield Job(lesson, answer, (options.draw % PUBLISHED_SEEDS,), quick=options.quick)


def _drawn(name: str, options: Options) -> bool:
    """Whether this share of the bank includes the answer of this name. The next offset's share starts where it ends."""
    place = zlib.crc32(name.encode()) / 2**32
    return (place - options.offset * options.share) % 1 < options.share


def _work_off(jobs: Sequence[Job], workers: int) -> dict[int, tuple[Any, str]]:
    """The result of each job, by its index in `jobs`."""
    done: dict[int, tuple[Any, str]] = {}
    queue = _Queue(jobs)
    with Progress(transient=True, auto_refresh=False) as progress:  # a thread of its own would not survive a fork
        bar = progress.add_task(f"{len(jobs)} answers and mutants", total=len(jobs))
        for at, result, why in warm.run_jobs(queue, lambda at: _do(jobs[at]), workers, lambda at: jobs[at].limit):
            done[at] = result, why
            queue.note(jobs[at], result)
            progress.advance(bar)
            progress.refresh()
    return done


class _Queue:
    """The indices of jobs in the order in which they should start: solutions, then the jobs that take longest.

    The solutions show how long a run of each exercise takes, so that no long job is left for the end.
    """

    def __init__(self, jobs: Sequence[Job]):
        self._jobs = jobs
        self._waiting = list(range(len(jobs)))
        self._seconds: dict[tuple[str, str], float] = {}

    def __iter__(self) -> Iterator[int]:
        while self._waiting:
            at = max(self._waiting, key=lambda at: (self._expected(self._jobs[at]), -at))
            self._waiting.remove(at)
            yield at

    def _expected(self, job: Job) -> float:
        if job.answer.name == "solution":
            return float("inf")
        return self._seconds.get(_exercise(job), 1e6) * len(job.seeds)

    def note(self, job: Job, result: Any) -> None:
        if job.answer.name == "solution" and result:
            self._seconds[_exercise(job)] = max(run.seconds for run in result)


def _exercise(job: Job) -> tuple[str, str]:
    return job.lesson.name, job.answer.exercise


def _do(job: Job) -> Any:
    if job.elsewhere:
        return lost_elsewhere(job.lesson, job.answer, job.seeds[0])
    if job.mutant:
        return _run_mutant(job)
    return run_all(job.lesson, job.answer, job.seeds, job.quick)


def _run_mutant(job: Job) -> Run:
    """Its first run that loses no points, or else the last one: a mutant must be killed with every seed."""
    seconds = CPU_SECONDS_A_MUTANT * len(job.seeds)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    for seed in job.seeds:
        run = run_until_lost(job.lesson, job.answer, seed)
        if run.full:
            break
    return run


def _audit(
    lesson: Lesson,
    options: Options,
    jobs: Sequence[Job],
    done: dict[int, tuple[Any, str]],
    prints: Mapping[tuple[str, str], Fingerprint],
) -> Audit:
    own = [(job, *done[at]) for at, job in enumerate(jobs) if job.lesson is lesson]
    known = {cell.id for cell in lesson.of(Kind.EXERCISE)}
    whole = {exercise: found for (lab, exercise), found in prints.items() if lab == lesson.name}
    listed = mutants.equivalents(lesson) if options.mutants else {}
    listed = {exercise: entries for exercise, entries in listed.items() if exercise in whole or exercise not in known}
    fitted_ones = [job.mutant for job, *_ in own if job.mutant and job.mutant.is_fitted]
    return Audit(
        lesson.name,
        options.seeds,
        trials=[Trial(job.answer, runs or (), why) for job, runs, why in own if not job.mutant],
        results=[MutantResult(job.mutant, run, why) for job, run, why in own if job.mutant],
        listed=listed,
        stale=list(mutants.stale(listed, lesson, fitted_ones)),
        part_of=options.share,
        quick=options.quick,
        fingerprints=whole,
    )


def _lost(found: Audit, jobs: Sequence[Job], lost: dict[int, tuple[Any, str]]) -> dict[tuple[str, str], list[str]]:
    own = ((job, lost[at][0]) for at, job in enumerate(jobs) if job.lesson.name == found.lab)
    return {(job.answer.exercise, job.answer.name): parts for job, parts in own if parts}


def _sum(audits: Sequence[Audit]) -> str:
    rates = [found.rates() for found in audits]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        f"{sum(len(found.trials) for found in audits)} answers: {sum(r.false_rejects for r in rates)} false rejects, "
        f"{sum(r.false_accepts for r in rates)} false accepts, {sum(r.flaky for r in rates)} flaky. "
        f"{sum(r.mutants for r in rates)} mutants, {sum(r.killed for r in rates)} killed. "
        f"{(used.ru_utime + used.ru_stime) / 60:.1f} CPU minutes."
    )
