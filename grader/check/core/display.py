"""A verdict for display: plain text in a terminal, a small table with figures in JupyterLab."""

from __future__ import annotations

from html import escape
from typing import Any

from grader.verdict import MIME, Observation, Status, Verdict

MARKS = {
    Status.PASSED: ("✓", "#1a7f37", "passed"),
    Status.WRONG: ("✗", "#cf222e", "not yet"),
    Status.CRASHED: ("!", "#9a6700", "your code stopped with an error"),
    Status.NOT_ATTEMPTED: ("○", "#6e7781", "not attempted yet"),
    Status.FAULT: ("⚠", "#8250df", "a fault of the check, not yours"),
}

DETAILS = (("seen", "seen"), ("expected", "expected"), ("why", "why"), ("next", "try"))

CELL = "text-align:left;vertical-align:top;padding:2px 10px 2px 0;border:none;background:none;white-space:normal"

NOTED = ("✓", "#57606a")
"""For an answer that is noted but not judged yet."""


def bundle(verdict: Verdict) -> dict[str, Any]:
    """The verdict for a notebook: as text, as HTML, and as the data that grading reads back."""
    return {"text/plain": text(verdict), "text/html": html(verdict), MIME: verdict.to_json()}


def _mark(verdict: Verdict) -> tuple[str, str, str]:
    """The mark, its color and the words next to it."""
    if verdict.passed_as and verdict.status is Status.PASSED:
        return *NOTED, verdict.passed_as
    return MARKS[verdict.status]


def text(verdict: Verdict) -> str:
    """The verdict in plain text: a line for each observation, with details below one that failed."""
    mark, _, words = _mark(verdict)
    lines = [f"{mark} {verdict.title}: {words}"]
    for observation in verdict.observations:
        lines += _text_of(observation)
    return "\n".join(lines)


def _text_of(observation: Observation) -> list[str]:
    if observation.ok:
        return [f"  ✓ {observation.about}: {observation.seen}"]
    lines = [f"  ✗ {observation.about}"]
    for name, label in DETAILS:
        if value := getattr(observation, name):
            first, *rest = value.splitlines()
            lines.append(f"      {label:>8}: {first}")
            lines += [" " * 16 + line for line in rest]
    return lines


def html(verdict: Verdict) -> str:
    """The verdict as a table. Styles are inline and colors follow JupyterLab's theme."""
    mark, colour, words = _mark(verdict)
    head = (
        f'<div style="font-weight:600;margin-bottom:4px"><span style="color:{colour}">{mark}</span> '
        f'{escape(verdict.title)} <span style="color:{colour};font-weight:400">· {words}</span></div>'
    )
    fine = (mark, colour) if verdict.status is Status.PASSED else MARKS[Status.PASSED][:2]
    rows = "".join(_row(observation, *fine) for observation in verdict.observations)
    table = f'<table style="border-collapse:collapse;margin:0;width:100%">{rows}</table>' if rows else ""
    box = (
        f"border-left:4px solid {colour};padding:6px 12px;margin:4px 0;max-width:62em;"
        "font-family:var(--jp-ui-font-family,sans-serif);font-size:13px;line-height:1.45;"
        "color:var(--jp-ui-font-color1,inherit)"
    )
    return f'<div style="{box}">{head}{table}</div>'


def _row(observation: Observation, mark: str, colour: str) -> str:
    """A row of the table; `mark` and `colour` are for an observation that passed."""
    if not observation.ok:
        mark, colour, _ = MARKS[Status.WRONG]
    left = f'<td style="{CELL};color:{colour};width:1em">{mark}</td>'
    about = f'<td style="{CELL};width:14em">{_escape(observation.about)}</td>'
    if observation.ok:
        right = f'<td style="{CELL}">{_escape(observation.seen)}</td>'
    else:
        parts = [
            f'<div style="white-space:pre-wrap"><span style="opacity:.65">{label}</span> {_escape(value)}</div>'
            for name, label in DETAILS
            if (value := getattr(observation, name))
        ]
        right = f'<td style="{CELL}">{"".join(parts)}</td>'
    return f'<tr style="background:none">{left}{about}{right}</tr>{_figure(observation)}'


def _figure(observation: Observation) -> str:
    """The figure of an observation that failed, as a row of its own below it; its description is in the text."""
    if observation.ok or observation.figure is None:
        return ""
    from course.see import diagram  # imported late: most verdicts have no figure, and this imports matplotlib's colors

    try:
        svg = diagram.drawn(observation.figure).svg
    except ValueError:  # a kind of figure that can't be drawn: the text has to do
        return ""
    cell = f'<td colspan="2" style="{CELL}"><div style="overflow-x:auto">{svg}</div></td>'
    return f'<tr style="background:none"><td style="{CELL}"></td>{cell}</tr>'


def _escape(words: str) -> str:
    """The text HTML-escaped, with `code` in backticks marked up as code."""
    parts = escape(words, quote=False).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
