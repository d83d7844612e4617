"""`grader audit`: the table of false rejects and false accepts, and the exit code that CI looks at."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from grader.audit import bank, warm
from grader.audit.bank import Merit
from grader.audit.trial import Trial, run_all
from grader.build import read_lesson
from grader.build.lesson import Lesson

SECONDS_A_RUN = 90


def audit(
    folders: Sequence[Path], seeds: int, only: str | None, workers: int | None, report: Path | None, verbose: bool
) -> int:
    """Run the audit of the lessons in `folders` and print it. Returns 1 when a check erred, else 0."""
    console = Console()
    lessons = [read_lesson(folder) for folder in folders]
    warm.warm_up()
    with tempfile.TemporaryDirectory(prefix="audit-") as scratch:
        os.environ["TMPDIR"] = tempfile.tempdir = scratch  # what answers leave behind goes with it
        trials = {
            lesson.name: _trials(lesson, range(seeds), only, workers or os.cpu_count() or 1) for lesson in lessons
        }
    for name, of_lesson in trials.items():
        console.print(_table(name, of_lesson, seeds))
        for trial in of_lesson:
            if verbose or _erred(trial):
                _tell(console, trial)
    everything = [trial for of_lesson in trials.values() for trial in of_lesson]
    console.print(_sum(everything, seeds))
    if report:
        report.write_text(json.dumps([_as_data(trial) for trial in everything], indent=1) + "\n")
    return int(any(_erred(trial) for trial in everything))


def _trials(lesson: Lesson, seeds: Sequence[int], only: str | None, workers: int) -> list[Trial]:
    jobs = [answer for cell in bank.exercises(lesson, only) for answer in bank.answers(lesson, cell)]
    work = partial(_run, lesson, list(seeds))
    order = {(job.exercise, job.name): i for i, job in enumerate(jobs)}
    found = []
    with Progress(transient=True, auto_refresh=False) as progress:  # its own thread would be in the way of forks
        bar = progress.add_task(f"{lesson.name}: {len(jobs)} answers", total=len(jobs))
        for job, runs, why in warm.run_jobs(jobs, work, workers, SECONDS_A_RUN * len(seeds)):
            found.append(Trial(job, runs or (), why))
            progress.advance(bar)
            progress.refresh()
    return sorted(found, key=lambda trial: order[trial.answer.exercise, trial.answer.name])


def _run(lesson: Lesson, seeds: Sequence[int], answer: bank.Answer):
    return run_all(lesson, answer, seeds)


def _erred(trial: Trial) -> bool:
    return trial.false_reject or trial.false_accept or trial.fault or trial.flaky or bool(trial.died)


def _table(name: str, trials: Sequence[Trial], seeds: int) -> Table:
    table = Table(title=f"Audit of {name}, {seeds} seed{'s' * (seeds > 1)} each", title_justify="left")
    table.add_column("exercise")
    for column in ("right", "wrong", "false rejects", "false accepts", "flaky", "faults", "slowest"):
        table.add_column(column, justify="right")
    for exercise in dict.fromkeys(trial.answer.exercise for trial in trials):
        table.add_row(exercise, *_figures([t for t in trials if t.answer.exercise == exercise]))
    table.add_section()
    table.add_row("all", *_figures(trials))
    return table


def _figures(trials: Sequence[Trial]) -> list[str]:
    slowest = max(trials, key=lambda trial: trial.seconds)
    return [
        str(sum(t.answer.deserves is Merit.RIGHT for t in trials)),
        str(sum(t.answer.deserves is Merit.WRONG for t in trials)),
        _red(sum(t.false_reject for t in trials)),
        _red(sum(t.false_accept for t in trials)),
        _red(sum(t.flaky for t in trials)),
        _red(sum(t.fault or bool(t.died) for t in trials)),
        f"{slowest.seconds:.1f} s {slowest.answer.name}",
    ]


def _red(count: int) -> str:
    return f"[bold red]{count}[/]" if count else "0"


def _tell(console: Console, trial: Trial) -> None:
    answer = trial.answer
    kind = (
        "false reject" if trial.false_reject
        else "false accept" if trial.false_accept
        else "flaky" if trial.flaky
        else "grader fault" if trial.fault or trial.died
        else "ok"
    )  # fmt: skip
    console.print(
        f"[bold]{kind}[/] {answer.exercise}/{answer.name}: {answer.says} ({trial.seconds:.1f} s) {trial.died}"
    )
    for run in trial.runs:
        for part in run.parts:
            console.print(f"    seed {run.seed} {part.name}: {part.status}  {part.message}", markup=False)


def _sum(trials: Sequence[Trial], seeds: int) -> str:
    return (
        f"{len(trials)} answers, {seeds} seeds each: {sum(t.false_reject for t in trials)} false rejects, "
        f"{sum(t.false_accept for t in trials)} false accepts, {sum(t.flaky for t in trials)} flaky."
    )


def _as_data(trial: Trial) -> dict:
    return {
        "exercise": trial.answer.exercise,
        "answer": trial.answer.name,
        "deserves": str(trial.answer.deserves),
        "says": trial.answer.says,
        "died": trial.died,
        "runs": [
            {
                "seed": run.seed,
                "seconds": round(run.seconds, 3),
                "parts": [
                    {"name": p.name, "points": p.points, "status": p.status, "said": p.message} for p in run.parts
                ],
            }
            for run in trial.runs
        ],
    }
