"""`calibration.json`, the record next to a lesson of how its thresholds were found, and whether it still holds."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from grader.audit import bank
from grader.audit.bank import Answer, Label
from grader.calibrate import tails
from grader.calibrate.collect import Reading, Spot
from grader.errors import UserError
from grader.fingerprint import cells
from grader.lessons.lesson import Cell, Kind, Lesson
from grader.verdict import Measure

FILE = "calibration.json"
REFERENCE = "solution"
QUANTILES = {"min": 0.0, "q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95, "max": 1.0}


def path_of(lesson: Lesson) -> Path:
    return lesson.path.parent / FILE


def fingerprint(lesson: Lesson, exercise: Cell) -> str:
    """Changes with the set-up cell, the exercise, and its tests, and with nothing else in the lesson."""
    return cells(lesson, exercise)


def load(lesson: Lesson) -> dict[str, Any]:
    """The lesson's calibration, by exercise; empty if there is no file.

    Raises UserError for a file that can't be read.
    """
    path = path_of(lesson)
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["exercises"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} can't be read: {error}.", f"Write it again: {_cure(lesson)}.") from None
    return found if isinstance(found, dict) else {}


def save(lesson: Lesson, exercises: dict[str, Any]) -> Path:
    """Write the calibration in the lesson's order, without exercises that the lesson no longer has."""
    names = [cell.id for cell in lesson.of(Kind.EXERCISE)]
    content = {
        "lesson": lesson.name,
        "required_pass_rate": tails.REQUIRED,
        "exercises": {name: exercises[name] for name in names if name in exercises},
    }
    path = path_of(lesson)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


@dataclass(frozen=True)
class Evidence:
    """What right answers reached at one spot, by name, the reference first: the number of runs, and the finite values
    by seed."""

    threshold: float
    at_least: bool
    runs: dict[str, int]
    values: dict[str, dict[int, float]]

    @property
    def others(self) -> list[str]:
        """All but the reference."""
        return [name for name in self.runs if name != REFERENCE]

    @cached_property
    def scale(self) -> tails.Scale:
        return tails.scale_of([v for own in self.values.values() for v in own.values()], self.threshold, self.at_least)

    @cached_property
    def tails(self) -> dict[str, tails.Tail]:
        reference = self.values[REFERENCE]
        found = {name: tails.alongside(self.values[name], reference, self.scale) for name in self.others}
        return found | {REFERENCE: tails.tail(list(reference.values()), self.scale)}

    @cached_property
    def limits(self) -> dict[str, float]:
        """The strictest threshold that each answer can meet, on the scale; -inf if too little is known."""
        return {
            name: tails.limit(self.tails[name], float(self.scale.up(list(own.values())).min())) if own else -math.inf
            for name, own in self.values.items()
        }

    @property
    def worst(self) -> str | None:
        """The right answer, other than the reference, that allows the least strict threshold."""
        return min(self.others, key=lambda name: (self.limits[name], name), default=None)

    @property
    def recommended(self) -> float | None:
        """The strictest threshold that every right answer can meet; None if too little is known."""
        lowest = min(self.limits.values())
        return tails.rounded(self.scale.back(lowest), self.at_least) if math.isfinite(lowest) else None

    def reaches(self, name: str) -> bool:
        """Whether this answer can be relied on to meet the threshold."""
        return self.limits[name] >= float(self.scale.up(self.threshold))

    def passed(self, name: str) -> int:
        return sum(Measure(value, self.threshold, self.at_least).ok for value in self.values[name].values())

    def pass_rate(self, name: str) -> float:
        """The estimate, but never better than what was observed."""
        estimated = self.tails[name].pass_rate(float(self.scale.up(self.threshold)))
        return min(estimated, self.passed(name) / self.runs[name])


def evidence(readings: Sequence[Reading]) -> dict[Spot, Evidence]:
    """What the right answers among the readings reached, for each spot at which anything was measured."""
    right = [reading for reading in readings if reading.answer.deserves is Label.RIGHT]
    spots = dict.fromkeys(spot for reading in right for spot in reading.measured)
    return {spot: _evidence(spot, right) for spot in spots}


def _evidence(spot: Spot, right: Sequence[Reading]) -> Evidence:
    names = sorted({r.answer.name for r in right}, key=lambda name: (name != REFERENCE, name))
    runs = Counter(r.answer.name for r in right)
    values: dict[str, dict[int, float]] = {name: {} for name in names}
    for reading in right:
        measured = reading.measured.get(spot)
        if measured is not None and math.isfinite(measured.value):
            values[reading.answer.name][reading.seed] = measured.value
    threshold, at_least = _threshold([r.measured[spot] for r in right if spot in r.measured])
    return Evidence(threshold, at_least, {name: runs[name] for name in names}, values)


def exercise_record(lesson: Lesson, exercise: Cell, readings: Sequence[Reading]) -> dict[str, Any]:
    """The exercise's record, made from readings of the reference, right answers, and possibly wrong ones."""
    found = evidence(readings)
    wrong = [reading for reading in readings if reading.answer.deserves is Label.WRONG]
    record: dict[str, Any] = {"fingerprint": fingerprint(lesson, exercise)}
    if found:
        right = {reading.answer.name for reading in readings if reading.answer.deserves is Label.RIGHT}
        record["right_answers"] = sorted(right - {REFERENCE})
    record["measures"] = [_measure(spot, each, wrong) for spot, each in found.items()]
    return record


def _measure(spot: Spot, found: Evidence, wrong: Sequence[Reading]) -> dict[str, Any]:
    return {
        "part": spot.part,
        "title": spot.title,
        "about": spot.about,
        "threshold": found.threshold,
        "at_least": found.at_least,
        "recommended": found.recommended,
        "margin_in_spreads": tails.MARGIN,
        "scale": found.scale.kind,
        "reference": _summary(found, REFERENCE),
        "right_answers": _all(found),
        "worst_right_answer": {"name": found.worst} | _summary(found, found.worst) if found.worst else None,
        "best_wrong_answer": _best_wrong(spot, wrong, found.at_least),
    }


def _threshold(measured: Sequence[Measure]) -> tuple[float, bool]:
    """The threshold; the strictest one if it varies from run to run."""
    at_least = measured[0].at_least
    return (max if at_least else min)(m.threshold for m in measured), at_least


def _summary(found: Evidence, name: str) -> dict[str, Any]:
    n, passed, limit = found.runs[name], found.passed(name), found.limits[name]
    return {
        "n": n,
        "failed": n - passed,
        **_distribution(list(found.values[name].values())),
        "pass_rate": _share(found.pass_rate(name)),
        "pass_rate_for_sure": _share(tails.at_least_share(passed, n)),
        "holds": _number(found.scale.back(limit)) if math.isfinite(limit) else None,
    }


def _distribution(values: Sequence[float]) -> dict[str, float]:
    if len(values) < 2:
        return {"mean": _number(values[0])} if values else {}
    quantiles = {name: _number(float(np.quantile(values, q))) for name, q in QUANTILES.items()}
    return quantiles | {"mean": _number(float(np.mean(values))), "sd": _number(float(np.std(values, ddof=1)))}


def _all(found: Evidence) -> dict[str, Any]:
    """All right answers of the bank together; `pass_rate` is that of the answer that fails most often."""
    n, passed = sum(found.runs[name] for name in found.others), sum(map(found.passed, found.others))
    return {
        "answers": len(found.others),
        "n": n,
        "failed": n - passed,
        "pass_rate": _share(min(map(found.pass_rate, found.others), default=1.0)),
        "pass_rate_for_sure": _share(tails.at_least_share(passed, n)),
    }


def _best_wrong(spot: Spot, wrong: Sequence[Reading], at_least: bool) -> dict[str, Any] | None:
    """The best value among the wrong answers that this measure catches, that is, in at least half of their runs."""
    best: dict[str, Any] | None = None
    for name in sorted({r.answer.name for r in wrong}):
        measured = [r.measured[spot] for r in wrong if r.answer.name == name and spot in r.measured]
        values = [m.value for m in measured if math.isfinite(m.value)]
        if not values or sum(not m.ok for m in measured) * 2 < len(measured):
            continue
        value = max(values) if at_least else min(values)
        if best is None or (value > best["value"]) == at_least and value != best["value"]:
            best = {"name": name, "n": len(measured), "value": value}
    return best and best | {"value": _number(best["value"])}


def _number(value: float) -> float:
    """Four significant digits: more than the runs can establish, few enough to read."""
    return float(f"{value:.4g}")


def _share(value: float) -> float:
    """Rounded down, so that an estimate is never stated better than it is."""
    return math.floor(value * 1e5 + 1e-6) / 1e5


def problems(lesson: Lesson, only: str | None = None) -> list[str]:
    """Why the thresholds of the lesson, or of one exercise, can't be relied on, one sentence each; runs nothing.

    An exercise is not calibrated, or has changed since; a right answer is new; the reference is estimated to pass
    too rarely; a threshold is stricter than the recommended one.
    """
    known = load(lesson)
    return [text for cell in bank.exercises(lesson, only) for text in _problems(lesson, cell, known.get(cell.id))]


def _problems(lesson: Lesson, exercise: Cell, record: dict[str, Any] | None) -> Iterator[str]:
    where, cure = f"{lesson.name}/{exercise.id}", _cure(lesson, exercise)
    if record is None:
        yield f"{where} was never calibrated: {cure}."
        return
    if record.get("fingerprint") != fingerprint(lesson, exercise):
        yield f"{where} was changed after its calibration: {cure}."
        return
    if record["measures"]:
        new = {a.name for a in _right(lesson, exercise)} - {REFERENCE, *record["right_answers"]}
        if new:
            yield f"{where}: not calibrated with {', '.join(sorted(new))}: {cure}."
    for measure in record["measures"]:
        yield from uncovered(where, measure)


def uncovered(where: str, measure: dict[str, Any]) -> Iterator[str]:
    """The problems of one measure's threshold."""
    name = f"{where}, {measure['title']!r}, {measure['about']}"
    rate, runs = measure["reference"]["pass_rate"], measure["reference"]["n"]
    if runs < tails.MANY:
        yield f"{name}: {runs} runs of the reference are too few, take {tails.MANY} or more."
    if rate < tails.REQUIRED:
        yield f"{name}: the reference is estimated to pass {rate:.3%} of all seeds, not {tails.REQUIRED:.1%}."
    threshold, best = measure["threshold"], measure["recommended"]
    if best is None:
        yield f"{name}: too few runs came to a number to recommend a threshold."
    elif threshold > best if measure["at_least"] else threshold < best:
        yield f"{name}: the threshold {threshold:g} is stricter than {best:g}, the one that right answers hold."


def _right(lesson: Lesson, exercise: Cell) -> list[Answer]:
    return [answer for answer in bank.answers(lesson, exercise) if answer.deserves is Label.RIGHT]


def _cure(lesson: Lesson, exercise: Cell | None = None) -> str:
    only = f" --only {exercise.id}" if exercise else ""
    return f"`grader calibrate {lesson.name.split('_', 1)[0]}{only}`"
