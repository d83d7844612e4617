"""`grader calibrate`: what right answers reach over many seeds, saved next to the lesson and shown as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from grader.audit import bank, warm
from grader.audit.bank import Answer, Label
from grader.calibrate import record, tails
from grader.calibrate.collect import Reading, collect
from grader.lessons import read_lesson
from grader.lessons.lesson import Cell, Lesson


def calibrate(
    folders: Sequence[Path],
    seeds: int,
    answers_seeds: int,
    wrong_seeds: int,
    workers: int | None,
    only: str | None,
    console: Console,
) -> int:
    """Calibrate the lessons in `folders`.

    Returns 1 when a threshold isn't covered or a right answer loses points for another reason.
    """
    lessons = [read_lesson(folder) for folder in folders]
    chosen = {lesson.name: bank.exercises(lesson, only) for lesson in lessons}
    warm.warm_up()
    found: list[str] = []
    with warm.scratch():
        for lesson in lessons:
            readings = _readings(lesson, chosen[lesson.name], seeds, answers_seeds, wrong_seeds, workers)
            found += _write(lesson, chosen[lesson.name], readings, console)
    for text in found:
        console.print(f"✗ {text}", style="red", markup=False)
    return int(bool(found))


def check(folders: Sequence[Path], only: str | None, console: Console) -> int:
    """Show whether the lessons' calibrations are current and cover their thresholds. Returns 1 when one doesn't."""
    found = []
    for folder in folders:
        lesson = read_lesson(folder)
        here = record.problems(lesson, only)
        if not here:
            measures = sum(len(each["measures"]) for each in record.load(lesson).values())
            console.print(f"[bold]{lesson.name}[/]  thresholds covered by their calibration: {measures}")
        found += here
    for text in found:
        console.print(f"✗ {text}", style="red", markup=False)
    return int(bool(found))


ROUNDS = 3


def _readings(
    lesson: Lesson, exercises: Sequence[Cell], seeds: int, answers_seeds: int, wrong_seeds: int, workers: int | None
) -> dict[str, list[Reading]]:
    """By exercise. The reference's first run shows where anything is measured: only there do more runs help.

    After that, the weakest right answer at each spot is run as often as the reference. So is the next one, up to
    `ROUNDS` times, as long as a few runs leave in doubt whether it reaches the threshold.
    """
    answers = {cell.id: bank.answers(lesson, cell) for cell in exercises}
    plan = [(_reference(answers[cell.id]), range(1)) for cell in exercises]
    found = _collected(lesson, plan, workers, "which exercises measure anything")
    measuring = dict.fromkeys(reading.answer.exercise for reading in found if reading.measured)
    plan = []
    for answer in (answer for name in measuring for answer in answers[name]):
        few = answers_seeds if answer.deserves is Label.RIGHT else wrong_seeds
        plan.append((answer, range(1, seeds) if answer.name == record.REFERENCE else range(few)))
    found += _collected(lesson, plan, workers, "right answers" + " and wrong ones" * bool(wrong_seeds))
    for turn in range(ROUNDS if seeds > answers_seeds else 0):
        weak = _weakest(found, measuring, answers_seeds, in_doubt=turn > 0)
        if not weak:
            break
        plan = [(answer, range(answers_seeds, seeds)) for answer in weak]
        found += _collected(lesson, plan, workers, "the weakest right answers")
    return {cell.id: [r for r in found if r.answer.exercise == cell.id] for cell in exercises}


def _weakest(readings: Sequence[Reading], exercises: Iterable[str], few: int, in_doubt: bool) -> list[Answer]:
    """The weakest right answer at each spot, if it was run with only a few seeds; with `in_doubt`, only if these don't
    show that it reaches the threshold."""
    chosen = {}
    for exercise in exercises:
        own = [reading for reading in readings if reading.answer.exercise == exercise]
        for spot in record.evidence(own).values():
            worst = spot.worst
            if worst and spot.runs[worst] <= few and not (in_doubt and spot.reaches(worst)):
                chosen[exercise, worst] = next(r.answer for r in own if r.answer.name == worst)
    return list(chosen.values())


def _reference(answers: Sequence[Answer]) -> Answer:
    return next(answer for answer in answers if answer.name == record.REFERENCE)


def _collected(lesson: Lesson, plan: list[tuple[Answer, range]], workers: int | None, what: str) -> list[Reading]:
    runs = sum(len(seeds) for _, seeds in plan)
    with Progress(transient=True, auto_refresh=False) as progress:  # a thread of its own would not survive a fork
        bar = progress.add_task(f"{lesson.name}: {what}, {runs} runs", total=runs)

        def done(n: int) -> None:
            progress.advance(bar, n)
            progress.refresh()

        return collect(lesson, plan, workers or warm.AT_A_TIME, done)


def _write(
    lesson: Lesson, exercises: Sequence[Cell], readings: dict[str, list[Reading]], console: Console
) -> list[str]:
    """Save and show what was found; returns its problems. Exercises that were not calibrated keep their record."""
    found = {cell.id: record.exercise_record(lesson, cell, readings[cell.id]) for cell in exercises}
    path = record.save(lesson, record.load(lesson) | found)
    console.print(_table(lesson, found))
    console.print(f"Written to {path}", markup=False)
    right = [r for own in readings.values() for r in own if r.answer.deserves is Label.RIGHT]
    uncovered = [
        text
        for name, own in found.items()
        for measure in own["measures"]
        for text in record.uncovered(f"{lesson.name}/{name}", measure)
    ]
    return [_trouble(reading) for reading in right if reading.trouble] + uncovered


def _trouble(reading: Reading) -> str:
    answer = reading.answer
    return f"{answer.exercise}/{answer.name}, seed {reading.seed}, loses points for something else: {reading.trouble}"


def _table(lesson: Lesson, exercises: dict[str, Any]) -> Table:
    table = Table(title=f"Calibration of {lesson.name}", title_justify="left", show_lines=True)
    for name in ("exercise, what", "threshold", "reference", "worst right answer", "pass rate", "recommended"):
        number = name in ("threshold", "recommended")
        table.add_column(name, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for name, own in exercises.items():
        for measure in own["measures"]:
            table.add_row(f"{name}: {measure['title']} · {measure['about']}", *_figures(measure))
        if not own["measures"]:
            table.add_row(f"{name}: measures nothing that varies", style="dim")
    return table


def _figures(measure: dict[str, Any]) -> list[str]:
    reference, worst, wrong = (measure[who] for who in ("reference", "worst_right_answer", "best_wrong_answer"))
    sign, far = ("≥", "min") if measure["at_least"] else ("≤", "max")
    right = measure["right_answers"]["pass_rate"]
    best = measure["recommended"]
    return [
        f"{sign} {measure['threshold']:g}" + (f"\nbest wrong\n{wrong['value']:.3g}" if wrong else ""),
        f"{far} {_shown(reference, far)}\nmedian {_shown(reference, 'median')}",
        f"{worst['name']}\n{far} {_shown(worst, far)}\nmean {_shown(worst, 'mean')}" if worst else "–",
        f"reference {_rate(reference['pass_rate'])}" + (f"\nright {_rate(right)}" if worst else ""),
        "–" if best is None else f"{best:g}",
    ]


def _shown(summary: dict[str, Any], name: str) -> str:
    return f"{summary[name]:.3g}" if summary.get(name) is not None else "–"


def _rate(share: float) -> str:
    colour = "green" if share >= tails.REQUIRED else "red"
    return f"[{colour}]{share:.3%}[/]"
