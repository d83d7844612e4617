"""How often do checks err? Two other styles of checking beside ours, on the same answers, in the same run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

if not __package__:  # run as a file: the repository's root isn't on the path
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import comparators
from bench.comparators import Refused
from grader import paths
from grader.audit import bank, trial, warm
from grader.audit.bank import Answer, Label
from grader.lessons import read_lesson
from grader.lessons.lesson import Lesson

LAB = "01_lifecycle"
FUNCTIONS = {"heads": "model_and_loss", "compile": "compile_for", "debug": "wine_experiment"}
OURS = "these checks"
STYLES = ("layer summary", "layer summary, head alone", "attribute assertions", OURS)
SECONDS_A_RUN = 180


@dataclass(frozen=True)
class Outcome:
    """What each style said of an answer: "" where it was accepted with every seed, else the first objection."""

    answer: Answer
    said: dict[str, str]

    def errs(self, style: str) -> bool:
        return (self.said[style] == "") != (self.answer.deserves is Label.RIGHT)


def outcomes(
    lesson: Lesson, exercises: Sequence[str], seeds: Sequence[int], workers: int, only: Sequence[str] = ()
) -> list[Outcome]:
    """Every answer of the bank, or those called `only`, through every style; each in a process of its own."""
    cells = {name: bank.exercises(lesson, name)[0] for name in exercises}
    everything = {name: bank.answers(lesson, cell) for name, cell in cells.items()}
    references = [answer for name in exercises for answer in everything[name] if answer.name == "solution"]
    expected = {}
    for answer, found, why in warm.run_jobs(references, partial(_describe, lesson, seeds), workers, _limit(seeds)):
        if why:
            raise RuntimeError(f"the reference solution of {answer.exercise} can't be described: {why}")
        expected[answer.exercise] = found
    jobs = [
        answer
        for name in exercises
        for answer in everything[name]
        if answer.name not in ("solution", "stub") and (not only or answer.name in only)
    ]
    said = {}
    for answer, found, why in warm.run_jobs(jobs, partial(_judge, lesson, expected, seeds), workers, _limit(seeds)):
        said[answer.exercise, answer.name] = found or dict.fromkeys(STYLES, why)
    return [Outcome(answer, said[answer.exercise, answer.name]) for answer in jobs]


def _limit(seeds: Sequence[int]) -> float:
    return SECONDS_A_RUN * len(seeds)


def _function(lesson: Lesson, answer: Answer) -> Any:
    """The answer's function, as it is after the set-up cell and the answer's own were run."""
    namespace: dict[str, Any] = {"__name__": "answer"}
    for source, name in ((lesson.setup.source, "<setup>"), (answer.source, answer.path)):
        exec(compile(source, name, "exec"), namespace)
    return namespace[FUNCTIONS[answer.exercise]]


def _describe(lesson: Lesson, seeds: Sequence[int], answer: Answer) -> list:
    """What layer summaries hold of the reference: by seed, case, and whether the whole model counts."""
    found = []
    for seed in seeds:
        _begin(seed)
        function = _function(lesson, answer)
        summary = comparators.SUMMARIES[answer.exercise]
        for case in comparators.cases(answer.exercise):
            given = function(*case.arguments())
            found.append([summary(given, case, whole) for whole in (True, False)])
    return found


def _begin(seed: int) -> None:
    import keras

    os.environ["GRADER_SEED"] = str(seed)
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)


def _judge(lesson: Lesson, expected: dict[str, list], seeds: Sequence[int], answer: Answer) -> dict[str, str]:
    said = dict.fromkeys(STYLES, "")
    for seed in seeds:
        run = trial.run_once(lesson, answer, seed, thorough=False)
        said[OURS] = said[OURS] or next((f"{p.name}: {p.message or p.status}" for p in run.parts if not p.passed), "")
    references = iter(expected[answer.exercise])
    for seed in seeds:
        _begin(seed)
        for case in comparators.cases(answer.exercise):
            for style, objection in _objections(lesson, answer, case, next(references)).items():
                said[style] = said[style] or objection
    return said


def _objections(lesson: Lesson, answer: Answer, case: comparators.Case, reference: list) -> dict[str, str]:
    """What each of the other styles has against the answer in one case. Whatever raises an error is refused."""
    summary, assertions = comparators.SUMMARIES[answer.exercise], comparators.ASSERTIONS[answer.exercise]
    try:
        given = _function(lesson, answer)(*case.arguments())
    except Exception as error:
        return dict.fromkeys(STYLES[:3], f"{case.name}: the answer raises {type(error).__name__}")
    work = (
        lambda: comparators.compare(summary(given, case, True), reference[0]),
        lambda: comparators.compare(summary(given, case, False), reference[1]),
        lambda: assertions(given, case),
    )
    return {style: _objection(case.name, each) for style, each in zip(STYLES[:3], work, strict=True)}


def _objection(where: str, work: Any) -> str:
    try:
        work()
    except Refused as refused:
        return f"{where}: {refused}"
    except Exception as error:
        return f"{where}: the comparator raises {type(error).__name__}: {str(error).splitlines()[:1]}"
    return ""


def table(found: Sequence[Outcome]) -> Table:
    result = Table(title="How often checks err, on the same answers", title_justify="left")
    for name in ("exercise", "style"):
        result.add_column(name)
    for name in ("right answers rejected", "wrong answers accepted"):
        result.add_column(name, justify="right")
    names = list(dict.fromkeys(outcome.answer.exercise for outcome in found))
    for name in names:
        _add(result, name, [outcome for outcome in found if outcome.answer.exercise == name])
    if len(names) > 1:
        _add(result, "all", found)
    return result


def _add(result: Table, name: str, found: Sequence[Outcome]) -> None:
    for style in STYLES:
        figures = [_figure(found, style, merit) for merit in Label]
        result.add_row(name if style == STYLES[0] else "", style, *figures, end_section=style == OURS)


def errors(found: Sequence[Outcome], style: str, merit: Label) -> tuple[int, int]:
    """How many of the answers that deserve this the style judges wrongly, and how many there are."""
    own = [outcome for outcome in found if outcome.answer.deserves is merit]
    return sum(outcome.errs(style) for outcome in own), len(own)


def _figure(found: Sequence[Outcome], style: str, merit: Label) -> str:
    wrong, n = errors(found, style, merit)
    return f"{wrong} of {n} ({wrong / n:.0%})" if n else "–"


def differences(found: Sequence[Outcome]) -> list[str]:
    """The answers that the styles judge differently, or all judge wrongly, and what each said."""
    lines = []
    for outcome in found:
        if not any(outcome.errs(style) for style in STYLES):
            continue
        answer = outcome.answer
        lines.append(f"{answer.exercise}/{answer.name}: {answer.says}")
        for style in STYLES:
            verdict = f"rejects: {outcome.said[style]}" if outcome.said[style] else "accepts"
            lines.append(f"    {'✗' if outcome.errs(style) else '✓'} {style} {verdict}")
    return lines


def as_data(found: Sequence[Outcome]) -> dict[str, Any]:
    """Plain data: the figures of each style and what was said of every answer."""
    return {
        "styles": {
            style: {
                "right_rejected": errors(found, style, Label.RIGHT),
                "wrong_accepted": errors(found, style, Label.WRONG),
            }
            for style in STYLES
        },
        "answers": [
            {
                "exercise": outcome.answer.exercise,
                "answer": outcome.answer.name,
                "deserves": str(outcome.answer.deserves),
                "said": outcome.said,
            }
            for outcome in found
        ],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="runs of each answer, each on other fresh data")
    parser.add_argument("--exercise", choices=list(FUNCTIONS), help="this exercise alone")
    parser.add_argument("--only", action="append", default=[], metavar="ANSWER", help="this answer; may be repeated")
    parser.add_argument("--workers", type=int, default=warm.AT_A_TIME, help="processes at a time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was found there")
    parser.add_argument("--verbose", "-v", action="store_true", help="say where the styles differ")
    options = parser.parse_args(arguments)
    lesson = read_lesson(paths.find_lesson(LAB))
    exercises = [options.exercise] if options.exercise else list(FUNCTIONS)
    warm.warm_up((*warm.PRELOAD, "bench.comparators"))
    with warm.scratch():
        found = outcomes(lesson, exercises, range(options.seeds), options.workers, options.only)
    console = Console(highlight=False, soft_wrap=True)
    if options.verbose:
        for line in differences(found):
            console.print(line, markup=False)
    console.print(table(found))
    if options.json:
        options.json.write_text(json.dumps(as_data(found), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
