"""`grader doctor`: a table of the attempts to break out of each sandbox, and which one submissions will run in."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from grader.sandbox.doctor import WORK, Examination, Finding, candidates, examine, remedies


def doctor(image: str, every: bool, console: Console) -> int:
    """Print the table. Returns 0 if a sandbox holds on this machine, otherwise 1."""
    examinations = []
    for backend in candidates(image):
        with console.status(f"trying to break out of {backend.title}"):
            examinations.append(examine(backend))
    if any(examination.findings for examination in examinations):
        console.print(_table(examinations, every))
    for examination in examinations:
        if examination.unavailable:
            console.print(f"{examination.backend.title}: {examination.unavailable}", markup=False)
    holding = [examination.backend for examination in examinations if examination.holds]
    if holding:
        console.print(f"Submissions run in: [bold green]{holding[0].title}[/].")
        return 0
    console.print("[bold red]No sandbox holds on this machine[/]: `grader grade` will run no submission.")
    console.print(remedies(), markup=False)
    return 1


def _table(examinations: list[Examination], every: bool) -> Table:
    """A row for each group of attempts and for each attempt that the sandbox did not stop, or for `every` attempt."""
    table = Table(title="Attempts to break out", title_justify="left", caption_justify="left")
    table.add_column("attempt")
    for examination in examinations:
        table.add_column(examination.backend.title)
    tried = [examination for examination in examinations if examination.findings]
    names = {name: finding for examination in tried for name, finding in examination.findings.items()}
    group = ""
    for name, finding in names.items():
        if finding.group != group:
            group = finding.group
            table.add_section()
            table.add_row(f"[bold]{group}[/]", *(_count(examination, group) for examination in examinations))
        found = [examination.findings.get(name) for examination in examinations]
        if every or any(one is not None and not one.held for one in found):
            table.add_row(f"  {finding.title}", *map(_cell, found))
    return table


def _count(examination: Examination, group: str) -> str:
    held = [finding.held for finding in examination.findings.values() if finding.group == group]
    if not held:
        return "[dim]–[/]"
    if group == WORK:
        return "[green]works[/]" if all(held) else "[bold red]fails[/]"
    return (
        f"[green]all {len(held)} stopped[/]"
        if all(held)
        else f"[bold red]{held.count(False)} of {len(held)} not stopped[/]"
    )


def _cell(finding: Finding | None) -> str:
    if finding is None:
        return "[dim]–[/]"
    good, bad = ("works", "fails") if finding.group == WORK else ("stopped", "not stopped")
    return f"[green]{good}[/]" if finding.held else f"[bold red]{bad}[/]"
