"""An oracle on functions that give things their names: classes of what they see, diagnoses, kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from grader.check.asking import kind_of
from grader.check.verb import call
from grader.verdict import Observation

Observations = Iterator[Observation]


def names(
    function: Callable[..., str],
    cases: Sequence[tuple[Sequence[Any], str]],
    advice: Mapping[str, str] | None = None,
    why: str = "",
) -> Observations:
    """The function gives each case, (arguments, name), its name: one observation for each name, in their order.

    `advice` says by which sign a name is told. Letter case, and blanks at the ends, don't matter.
    """
    answers: dict[str, list[str]] = {name: [] for _, name in cases}
    for arguments, name in cases:
        answers[name].append(_answer(function, arguments))
    for name, given in answers.items():
        wrong = [said for said in given if said != name]
        yield Observation(
            about=f"“{name}”",
            ok=not wrong,
            seen=f"{len(given)} of {len(given)} recognised" if not wrong else _said(wrong, len(given)),
            expected=f"“{name}” for each of the {len(given)}" if len(given) > 1 else f"“{name}”",
            why=why,
            next=(advice or {}).get(name, "Which sign tells it from what you called it?"),
        )


def _answer(function: Any, arguments: Sequence[Any]) -> str:
    """What the function says; in parentheses what it returned, where that is no text."""
    said = call(function, *arguments)
    return str(said).strip().lower() if isinstance(said, str) else f"({kind_of(said)})"


def _said(wrong: Sequence[str], of: int) -> str:
    counted = ", ".join(f"{n} × {_quoted(said)}" if of > 1 else _quoted(said) for said, n in Counter(wrong).items())
    return f"called {counted}" + (f"; {of - len(wrong)} of {of} recognised" if of > 1 else "")


def _quoted(said: str) -> str:
    return said[1:-1] if said.startswith("(") else f"“{said[:40]}”"
