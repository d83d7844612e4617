"""An audit in the terminal, and as plain data."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from grader.audit.findings import ALL, ENOUGH, Audit, Rates
from grader.audit.mutants import LISTED, MutantResult, toml_line
from grader.audit.trial import Trial


def show(console: Console, found: Audit, verbose: bool = False) -> None:
    """The tables of one lesson, then whatever there is to say about single answers and mutants.

    Nothing for a lesson of which nothing ran.
    """
    if not found.trials:
        return
    seeds = f"{found.seeds} seed{'s' * (found.seeds > 1)}"
    part = f", {found.part_of:.0%} of the bank" if found.part_of < 1 else ""
    console.print(_answers(found, f"Audit of {found.lab}, {seeds} each{part}"))
    if found.results:
        console.print(_mutants(found))
    for trial in found.trials if verbose else found.erring:
        _tell(console, trial, found.elsewhere.get((trial.answer.exercise, trial.answer.name), ()))
    for result in found.results:
        if result.fault or verbose:
            _tell_mutant(console, result)
    for line in _mistakes(found):
        console.print(line, markup=False, style="red")
    if found.survivors:
        _tell_survivors(console, found.survivors)
    for line in _remarks(found):
        console.print(line, markup=False)


def _answers(found: Audit, title: str) -> Table:
    table = _table(title, "right", "wrong", "false\nrejects", "false\naccepts", "flaky", "faults", "slowest")
    for exercise in [*found.exercises, ALL]:
        rates = found.rates(exercise)
        errors = (rates.false_rejects, rates.false_accepts, rates.flaky, rates.faults)
        seconds = max(t.seconds for t in found.trials if exercise in (ALL, t.answer.exercise))
        table.add_row(exercise, str(rates.right), str(rates.wrong), *map(_red, errors), f"{seconds:.1f} s")
    return table


def _mutants(found: Audit) -> Table:
    table = _table("Mutants of the reference solutions", "made", "equivalent", "killed", "survived", "score")
    for exercise in [*found.exercises, ALL]:
        rates = found.rates(exercise)
        survived = sum(exercise in (ALL, result.mutant.exercise) for result in found.survivors)
        counts = str(rates.mutants), str(rates.equivalent), str(rates.killed), _red(survived)
        table.add_row(exercise, *counts, percent(rates.score))
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("exercise")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def percent(score: float | None) -> str:
    """Rounded down, so that 100 % means all of them."""
    return "–" if score is None else f"{int(score * 1000) / 10:g} %"


def _red(count: int) -> str:
    return f"[bold red]{count}[/]" if count else "0"


def _tell(console: Console, trial: Trial, lost_elsewhere: Sequence[str]) -> None:
    answer = trial.answer
    kind = (
        "false reject" if trial.false_reject
        else "false accept" if trial.false_accept
        else "flaky" if trial.flaky
        else "grader fault" if trial.fault or trial.died
        else "ok"
    )  # fmt: skip
    console.print(f"{kind} {answer.exercise}/{answer.name}: {answer.says} ({trial.seconds:.1f} s)", markup=False)
    if lost_elsewhere:
        console.print(f"    loses points only through {', '.join(lost_elsewhere)}", markup=False)
    if trial.died:
        console.print(f"    {trial.died}", markup=False)
    for run in trial.runs:
        for part in run.parts:
            console.print(f"    seed {run.seed} {part.name}: {part.status}  {part.message}", markup=False)


def _tell_mutant(console: Console, result: MutantResult) -> None:
    said = (
        [f"{p.name}: {p.status}  {p.message}" for p in result.run.parts if not p.passed]
        if result.run
        else [result.died]
    )
    kind = "grader fault" if result.fault else "killed" if result.killed else "survived"
    console.print(f"{kind} {result.mutant.exercise}: {result.mutant.what}  {'; '.join(said)}", markup=False)


def _tell_survivors(console: Console, survivors: Sequence[MutantResult]) -> None:
    console.print(
        "Mutants that keep all points. If a mutant is wrong, make a check that catches it. If it is a right answer "
        f"by the words of the exercise, list it in {LISTED} with the reason:",
        markup=False,
    )
    for exercise in dict.fromkeys(result.mutant.exercise for result in survivors):
        console.print(f"[{exercise}]", markup=False)
        for result in survivors:
            if result.mutant.exercise == exercise:
                console.print(toml_line(result.mutant), markup=False, soft_wrap=True)
                console.print(diff(result), markup=False, style="dim", soft_wrap=True)


def diff(result: MutantResult) -> str:
    """What the mutant changes, as a line diff."""
    before, after = result.mutant.original.split("\n"), result.mutant.source.split("\n")
    lines = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
    return "\n".join("    " + line for line in lines if not line.startswith("@@"))


def _mistakes(found: Audit) -> list[str]:
    lines = [f"passes on the stub, so it tests nothing: {name}" for name in found.vacuous]
    lines += [
        f"listed in {LISTED} under [{result.mutant.exercise}] and yet killed, delete the line: {result.mutant.what}"
        for result in found.killed_although_listed
    ]
    lines += [
        f"listed in {LISTED} under [{exercise}], but no such mutant is made any more, delete or correct it: {what}"
        for exercise, what in found.stale
    ]
    for exercise in found.exercises:
        score = found.rates(exercise).score
        if score is not None and score < ENOUGH:
            lines.append(f"{exercise}: {percent(score)} of the mutants are killed, {percent(ENOUGH)} are asked for")
    return lines


def _remarks(found: Audit) -> list[str]:
    """Information that is not an error."""
    lines = [f"hidden test that never decides: {name}" for name in found.hidden_never_deciding]
    alone = [f"{t.answer.exercise}/{t.answer.name}" for t in found.caught_by_visible_alone]
    if alone:
        lines.append(f"caught by a visible test and by no hidden one: {', '.join(alone)}")
    return lines


def as_data(found: Audit) -> dict[str, Any]:
    """Everything, for a file."""
    return {
        "lab": found.lab,
        "seeds": found.seeds,
        "share": found.part_of,
        "rates": [rates_as_data(found.rates(exercise)) for exercise in [*found.exercises, ALL]],
        "vacuous": found.vacuous,
        "hidden_never_deciding": found.hidden_never_deciding,
        "caught_by_visible_alone": [[t.answer.exercise, t.answer.name] for t in found.caught_by_visible_alone],
        "stale": [list(pair) for pair in found.stale],
        "answers": [_trial_as_data(trial, found) for trial in found.trials],
        "mutants": [_result_as_data(result, found) for result in found.results],
    }


def rates_as_data(rates: Rates) -> dict[str, Any]:
    return asdict(rates)


def _trial_as_data(trial: Trial, found: Audit) -> dict[str, Any]:
    answer = trial.answer
    return {
        "exercise": answer.exercise,
        "answer": answer.name,
        "deserves": str(answer.deserves),
        "says": answer.says,
        "died": trial.died,
        "loses_only_through": list(found.elsewhere.get((answer.exercise, answer.name), ())),
        "runs": [asdict(run) for run in trial.runs],
    }


def _result_as_data(result: MutantResult, found: Audit) -> dict[str, Any]:
    return {
        "exercise": result.mutant.exercise,
        "mutant": result.mutant.what,
        "line": result.mutant.line,
        "equivalent": found.listed.get(result.mutant.exercise, {}).get(result.mutant.what, ""),
        "killed": result.killed,
        "died": result.died,
        "run": asdict(result.run) if result.run else None,
    }
