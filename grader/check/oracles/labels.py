"""Oracles on labels: predicted classes, and functions that name what they see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from grader.check.core import guarded
from grader.check.core.register import Observations, oracle
from grader.check.core.remote_calls import call
from grader.check.remote.queries import kind_of
from grader.verdict import Observation


@oracle
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


@oracle
def labels_are(predicted: Any, expected: np.ndarray, head: str) -> Observations:
    """`predicted` is one whole number a row, of shape (N,), and each is the right one."""
    try:
        found = guarded.array(predicted)
    except TypeError:
        found = np.array(())
    problem = _form_problem(found, len(expected)) if found.size else kind_of(predicted)
    wrong = 0 if problem else int(np.sum(found != expected))
    yield Observation(
        about=f"labels from a {head} head",
        ok=not problem and wrong == 0,
        seen=problem or (f"{wrong} of {len(expected)} labels differ" if wrong else f"all {len(expected)} right"),
        expected=f"shape ({len(expected)},), whole numbers, e.g. {expected[:8].tolist()} for the first rows",
        why="A label names a class: `accuracy_score` and everything else that counts hits expects one integer a row.",
        next=_label_advice(found, expected, head, problem),
    )


def _form_problem(found: np.ndarray, rows: int) -> str:
    if found.shape != (rows,):
        return f"shape {found.shape}"
    if found.dtype.kind not in "iu":
        return f"shape {found.shape}, but dtype {found.dtype}: e.g. {found[:4].tolist()}"
    return ""


def _label_advice(found: np.ndarray, expected: np.ndarray, head: str, problem: str) -> str:
    one_number = head in ("sigmoid", "flat sigmoid", "one logit")
    if not found.size:
        return "Return the labels themselves, one for each row of `X`."
    if found.ndim == 2 and found.shape[1] > 1:
        return "One row has several numbers here: take the position of the largest, `argmax(axis=-1)`."
    if found.ndim == 2:
        return "Drop the last axis: `.reshape(-1)` or `[:, 0]`."
    if found.shape != expected.shape:
        return "There must be one label for each row: along which axis did you look for the largest?"
    if problem and np.any(found != np.round(found)):
        return "These are probabilities or logits, not labels yet: compare with ½ or 0, or take the `argmax`."
    if problem:
        return "Make them integers: `.astype(int)`."
    if one_number and not found.any():
        return "All are 0: `argmax` over a single column is always 0, and `astype(int)` cuts 0.9 down to 0. Compare."
    if head == "one logit":
        return "These are logits (`from_logits=True`): the sigmoid of 0 is ½, so the threshold is 0."
    return "Several columns: `argmax`. One column of probabilities: is it above ½? And are these the right rows?"
