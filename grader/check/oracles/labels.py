"""Oracles on labels: predicted classes, and functions that return a name for each case."""

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
    """The function returns the right name for each case (arguments, name); one observation per name, in order.

    `advice` describes how to recognize each name's cases. Letter case and surrounding spaces are ignored.
    """
    answers: dict[str, list[str]] = {name: [] for _, name in cases}
    for arguments, name in cases:
        answers[name].append(_answer(function, arguments))
    for name, given in answers.items():
        wrong = [answer for answer in given if answer != name]
        yield Observation(
            about=f"“{name}”",
            ok=not wrong,
            seen=f"{len(given)} of {len(given)} recognized" if not wrong else _returned(wrong, len(given)),
            expected=f"“{name}” for all {len(given)} cases" if len(given) > 1 else f"“{name}”",
            why=why,
            next=(advice or {}).get(name, f"Find a feature that tells “{name}” from the name that you returned."),
        )


def _answer(function: Any, arguments: Sequence[Any]) -> str:
    """The text that the function returns; for anything but text, the kind of value in parentheses."""
    value = call(function, *arguments)
    return str(value).strip().lower() if isinstance(value, str) else f"({kind_of(value)})"


def _returned(wrong: Sequence[str], of: int) -> str:
    counted = ", ".join(f"{n} × {_quoted(name)}" if of > 1 else _quoted(name) for name, n in Counter(wrong).items())
    return counted + (f"; {of - len(wrong)} of {of} recognized" if of > 1 else "")


def _quoted(name: str) -> str:
    return name[1:-1] if name.startswith("(") else f"“{name[:40]}”"


@oracle
def labels_are(predicted: Any, expected: np.ndarray, head: str) -> Observations:
    """`predicted` has the shape (N,) and holds the right label, an integer, for each row."""
    try:
        found = guarded.array(predicted)
    except TypeError:
        found = np.array(())
    problem = _form_problem(found, len(expected)) if found.size else kind_of(predicted)
    wrong = 0 if problem else int(np.sum(found != expected))
    yield Observation(
        about=f"labels from a {head} head",
        ok=not problem and wrong == 0,
        seen=problem or (f"{wrong} of {len(expected)} labels wrong" if wrong else f"all {len(expected)} labels right"),
        expected=f"integers of shape ({len(expected)},), for example {expected[:8].tolist()} for the first rows",
        why="A label is the number of a class, and functions such as `accuracy_score` expect one integer per row.",
        next=_label_advice(found, expected, head, problem),
    )


def _form_problem(found: np.ndarray, rows: int) -> str:
    if found.shape != (rows,):
        return f"shape {found.shape}"
    if found.dtype.kind not in "iu":
        return f"shape {found.shape}, but dtype {found.dtype}, for example {found[:4].tolist()}"
    return ""


def _label_advice(found: np.ndarray, expected: np.ndarray, head: str, problem: str) -> str:
    one_number = head in ("sigmoid", "flat sigmoid", "one logit")
    if not found.size:
        return "Return the labels, one for each row of `X`."
    if found.ndim == 2 and found.shape[1] > 1:
        return "Each row still has several numbers: take the position of the largest with `argmax(axis=-1)`."
    if found.ndim == 2:
        return "Remove the last axis with `.reshape(-1)` or `[:, 0]`."
    if found.shape != expected.shape:
        return "Return one label for each row: check along which axis you take the `argmax`."
    if problem and np.any(found != np.round(found)):
        return "Turn the probabilities or logits into labels: compare them with ½ or 0, or take the `argmax`."
    if problem:
        return "Convert the labels to integers with `.astype(int)`."
    if one_number and not found.any():
        return (
            "Compare the values with a threshold. All labels are 0: `argmax` over a single column is always 0, and "
            "`astype(int)` truncates 0.9 to 0."
        )
    if head == "one logit":
        return "Compare the logits (`from_logits=True`) with 0: the sigmoid of 0 is ½."
    return (
        "Take the `argmax` over several columns, or compare a single column of probabilities with ½. "
        "Then check whether the rows are the right ones."
    )
