"""The published error rates: course/audit.md for people to read, and course/audit.json with its numbers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader import paths
from grader.audit import current, mutants, overfitted
from grader.audit.findings import ALL, ENOUGH, Audit, Rates
from grader.audit.operators import OPERATORS
from grader.audit.tables import percent
from grader.lessons import read_lesson
from grader.lessons.lesson import Kind, Lesson

Page = dict[str, Any]
"""By lab: the seeds, the rates of its exercises, what these rest on (`fingerprints`), how many of the mutants have an
argument fixed to suit the visible tests (`fitted`), and the mutants that are listed as right answers."""


def page_path() -> Path:
    return paths.ROOT / "course" / "audit.md"


def data_path() -> Path:
    return paths.ROOT / "course" / "audit.json"


def write(audits: Sequence[Audit]) -> tuple[Path, Path]:
    """Bring the page up to date: the exercises that were audited; others stay, those that no longer exist go."""
    labs = {folder.name for folder in paths.lessons()}
    page = {lab: entry for lab, entry in read().items() if lab in labs}
    page |= {found.lab: _entry(found, page.get(found.lab, {})) for found in audits if found.fingerprints}
    return save(page)


def save(page: Page) -> tuple[Path, Path]:
    """Write the page and its numbers."""
    page = dict(sorted(page.items()))
    data_path().write_text(json.dumps(page, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page_path().write_text(markdown(page), encoding="utf-8")
    return page_path(), data_path()


def read() -> Page:
    """What was last published; nothing where nothing was."""
    return json.loads(data_path().read_text(encoding="utf-8")) if data_path().exists() else {}


def _entry(found: Audit, before: dict[str, Any]) -> dict[str, Any]:
    """A lab's entry: what was found now, and for its other exercises what was published `before`."""
    lesson = read_lesson(paths.find_lesson(found.lab))
    rates = {row["exercise"]: row for row in before.get("rates", ())}
    rates |= {exercise: asdict(found.rates(exercise)) for exercise in found.fingerprints}
    fitted = {exercise: n for exercise, n in before.get("fitted", {}).items() if exercise not in found.fingerprints}
    fitted |= Counter(result.mutant.exercise for result in found.results if result.mutant.is_fitted)
    prints = before.get(current.KEY, {}) | found.fingerprints
    names = [cell.id for cell in lesson.of(Kind.EXERCISE)]
    return {
        "seeds": found.seeds,
        "rates": [rates[name] for name in names if name in rates],
        "fitted": {name: fitted[name] for name in names if name in fitted},
        "equivalent": {exercise: dict(entries) for exercise, entries in mutants.equivalents(lesson).items()},
        current.KEY: {name: prints[name] for name in names if name in prints},
    }


def out_of_date(lesson: Lesson) -> Iterator[str]:
    """The published exercises of a lab that have changed since, what of them has, and what to do."""
    entry = read().get(lesson.name)
    if entry is None:
        yield f"{lesson.name} is not on the page: {current.cure(lesson)}"
        return
    for cell, what in current.changes(lesson, entry):
        yield f"{lesson.name}, {cell.id}: changed since it was published: {', '.join(what)}: {current.cure(lesson)}"
    gone = {row["exercise"] for row in entry["rates"]} - {cell.id for cell in lesson.of(Kind.EXERCISE)}
    for exercise in sorted(gone):
        yield f"{lesson.name}, {exercise}: is on the page and no longer in the lesson: {current.cure(lesson)}"


def markdown(page: Page) -> str:
    """The page."""
    kinds = {"kinds": len(OPERATORS), "operators": ", ".join(OPERATORS), "fitted": overfitted.OPERATOR}
    parts = [INTRODUCTION.format(enough=f"{ENOUGH:.0%}", **kinds)]
    everything = [Rates(**rates) for entry in page.values() for rates in entry["rates"]]
    if len(page) > 1:
        parts.append("## All labs\n\n" + _table([_total(everything)]))
    for lab, entry in page.items():
        rates = [Rates(**rates) for rates in entry["rates"]]
        parts.append(f"## {lab}\n\nEach answer with {entry['seeds']} seeds.\n\n{_table([*rates, _total(rates)])}")
        if any(entry["equivalent"].values()):
            parts.append(f"### Mutants of {lab} that are right answers\n\n{_equivalents(entry['equivalent'])}")
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


INTRODUCTION = """\
# How often the checks err

*Written by `grader audit --publish`; do not edit.*

Every exercise has an answer bank next to its lesson: right answers in every form that we could think of, and wrong
answers as students write them. Each answer runs through the tests of its exercise as in grading, with new data for
each seed.

- A **false reject** is a right answer that loses a point with any seed.
- A **false accept** is a wrong answer that keeps all points with any seed.
- A **flaky** answer is judged differently with different seeds.
- A **fault** is an error in the check itself.

An answer bank contains only the mistakes that we thought of. So we also make **mutants**: copies of the reference
solution, each with one small systematic mistake of {kinds} kinds: {operators}. Each mutant runs through the tests with
one seed. Others are fitted to the visible tests ({fitted}: at the value that these tests pass) and run with every seed.
A mutant is *killed* when it loses a point. A mutant that is still a right answer by the words of the exercise is listed
as *equivalent*, with the reason. The *score* is the share of the remaining mutants that are killed. At least {enough}
is required, and every mutant that survives must be listed.

`make test` audits the exercises that have changed since these rates were published, and a random share of the rest."""


def _total(rates: Sequence[Rates]) -> Rates:
    columns = [name for name in asdict(rates[0]) if name != "exercise"] if rates else []
    return Rates(ALL, **{name: sum(getattr(row, name) for row in rates) for name in columns})


COLUMNS = ("exercise", "right", "wrong", "false rejects", "false accepts", "flaky", "faults") + (
    "mutants",
    "equivalent",
    "killed",
    "score",
)


def _table(rows: Sequence[Rates]) -> str:
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" + "|---:" * (len(COLUMNS) - 1) + "|"]
    for row in rows:
        cells = [str(value) for value in asdict(row).values()] + [percent(row.score)]
        bold = ["**" * (row.exercise == ALL) + cell + "**" * (row.exercise == ALL) for cell in cells]
        lines.append("| " + " | ".join(bold) + " |")
    return "\n".join(lines)


def _equivalents(listed: mutants.Equivalents) -> str:
    lines = ["| exercise | mutant | why it is right |", "|---|---|---|"]
    for exercise, entries in listed.items():
        lines += [f"| {exercise} | {_code(what)} | {_cell(why)} |" for what, why in entries.items()]
    return "\n".join(lines)


def _code(what: str) -> str:
    """`operator: before → after` with the code set as code."""
    operator, _, change = what.partition(": ")
    return f"{operator}: " + " → ".join(f"`{_cell(side)}`" for side in change.split(" → "))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
