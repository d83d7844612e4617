"""Which exercises have changed since they were last audited, so that only those need to be audited again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grader import fingerprint
from grader.audit import bank, mutants
from grader.fingerprint import Fingerprint
from grader.lessons.lesson import Cell, Lesson

KEY = "fingerprints"
"""Where a lab's entry on the page keeps those of its exercises."""


def fingerprint_of(lesson: Lesson, exercise: Cell) -> Fingerprint:
    """What the published rates of an exercise rest on.

    Of the audit itself it holds the mutants that are made. Those that fix an argument follow from the tests.
    """
    answers = {answer.name: answer.source for answer in bank.answers(lesson, exercise)}
    made = [f"{mutant.what}\n{mutant.source}" for mutant in mutants.selected(mutants.made(exercise))]
    listed = mutants.equivalents(lesson).get(exercise.id, {})
    return fingerprint.of_exercise(lesson, exercise, answers, [*made, *listed])


def changes(lesson: Lesson, entry: Mapping[str, Any] | None) -> Iterator[tuple[Cell, list[str]]]:
    """Each exercise that isn't as it was when the lab's `entry` was published, and what of it has changed."""
    known = (entry or {}).get(KEY, {})
    failing = {row["exercise"] for row in (entry or {}).get("rates", ()) if _has_errors(row)}
    for cell in bank.exercises(lesson):
        found = fingerprint.changes(known.get(cell.id), fingerprint_of(lesson, cell))
        if cell.id in failing:
            found.append("nothing, but it was published with errors")
        if found:
            yield cell, found


def _has_errors(rates: Mapping[str, Any]) -> bool:
    errors = ("false_rejects", "false_accepts", "flaky", "faults")
    return any(rates[name] for name in errors) or rates["killed"] + rates["equivalent"] < rates["mutants"]


def cure(lesson: Lesson) -> str:
    """The command that brings a lab's published rates up to date."""
    return f"`grader audit {lesson.name.partition('_')[0]} --changed --seeds 5 --publish`"
