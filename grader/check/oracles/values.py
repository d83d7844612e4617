"""Oracles on what is returned: a model, a pair, given values, finite numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.check.core import guarded
from grader.check.core.numbers import gap, tolerance
from grader.check.core.register import Observations, oracle
from grader.check.remote import queries
from grader.check.remote.queries import curves, kind_of, numbers_in
from grader.verdict import Observation


@oracle
def finite(values: Any, about: str = "losses are finite") -> Observations:
    """All numbers are finite: of an array, a list, a dict of lists, or a History."""
    found = curves(values)
    found = {"": numbers_in(values)} if found is None else {name: np.array(curve) for name, curve in found.items()}
    bad = {name: int(np.sum(~np.isfinite(curve))) for name, curve in found.items()}
    first = next((name for name, count in bad.items() if count), None)
    empty = not sum(len(curve) for curve in found.values())
    yield Observation(
        about=about,
        ok=not empty and first is None,
        seen="no numbers at all"
        if empty
        else "all of them"
        if first is None
        else f"{bad[first]} of {len(found[first])}{f' in `{first}`' * bool(first)} are not (NaN or infinite)",
        expected="finite numbers",
        why="Once a loss is NaN every weight is, and nothing is learned any more.",
        next="Unscaled input, too high a learning rate, or a logarithm of 0 are the usual reasons.",
    )


@oracle
def is_model(value: Any, what: str = "the model") -> Observations:
    """`value` is a Keras model, written in whatever way. Stops the check when it isn't."""
    yield Observation(
        about=what,
        ok=queries.is_a_model(value),
        seen=kind_of(value),
        expected="a `keras.Model` (Sequential, functional or your own subclass)",
        why="Everything after this step is a method of the model.",
        next="Does the function end with `return`? `model.compile(…)` itself returns nothing."
        if value is None
        else "That is a tensor of the graph. Wrap it: `keras.Model(inputs, outputs)`."
        if "KerasTensor" in kind_of(value)
        else "Return what the exercise asks for, in that order.",
        stop=True,
    )


@oracle
def same_model(value: Any, model: Any) -> Observations:
    """`value` is the very model that was handed over, not a copy with other weights."""
    yield Observation(
        about="the model you return",
        ok=value is model,
        seen="the one you were given" if value is model else "another model, with weights of its own",
        expected="the model you were given",
        why="A clone starts from new random weights: what the model had learned is gone.",
        next="Call `compile` on `model` itself.",
    )


@oracle
def is_pair(value: Any, first: str, second: str) -> Observations:
    """`value` is a pair. Stops the check when it isn't."""
    yield _values(value, "a pair", f"two values: {first} and {second}", (first, second))


def is_triple(value: Any, *names: str) -> Observations:
    """`value` is three values. Stops the check when it isn't."""
    yield _values(value, "three values", f"three values: {', '.join(names)}", names)


def _values(value: Any, words: str, expected: str, names: tuple[str, ...]) -> Observation:
    several = queries.members(value)
    ok = several is not None and len(several) == len(names)
    return Observation(
        about="what you return",
        ok=ok,
        seen=words if ok else kind_of(value) + ("" if several is None else f" of {len(several)}"),
        expected=expected,
        why="The next step unpacks them all.",
        next=f"End with `return {', '.join(names)}`.",
        stop=True,
    )


@oracle
def equal(
    seen: Any, expected: np.ndarray, about: str, why: str = "", next: str = "", dtype: str | np.dtype | None = None
) -> Observations:
    """`seen` holds the `expected` numbers, in their shape: an array, a tensor, a list or a scalar of the student's.

    `dtype` is that in which the student's code computed; None takes the coarser of the two that are there. The
    observation shows the place where they differ most.
    """
    expected = np.asarray(expected)
    try:
        found = guarded.array(seen)
    except guarded.NotNumbers:
        found = None
    if found is None or found.shape != expected.shape:
        got = f"a `{type(seen).__name__}`" if found is None else f"shape {found.shape}"
        yield Observation(about, False, got, f"numbers of shape {expected.shape}", why, next or _about_shape(found))
        return
    coarser = max(found.dtype, expected.dtype, key=lambda d: tolerance(d)) if dtype is None else dtype
    ok = gap(found, expected) <= tolerance(coarser)
    yield Observation(
        about=about,
        ok=ok,
        seen=f"{_count(found)} as expected" if ok else _worst(found, expected),
        expected="the same numbers" if ok else _sample(expected, _place(found, expected)),
        why=why,
        next=next,
    )


def _about_shape(found: np.ndarray | None) -> str:
    if found is None:
        return "Return numbers: an array or a tensor."
    return "Print the shapes on the way: after which step does it differ from what you planned?"


def _place(found: np.ndarray, expected: np.ndarray) -> tuple[int, ...]:
    with np.errstate(invalid="ignore"):
        apart = np.abs(found.astype("float64") - expected.astype("float64"))
    apart = np.where(found == expected, 0.0, np.nan_to_num(apart, nan=np.inf))
    return np.unravel_index(int(np.argmax(apart)), expected.shape)


def _worst(found: np.ndarray, expected: np.ndarray) -> str:
    if not np.all(np.isfinite(found)) and np.all(np.isfinite(expected)):
        bad = int(np.sum(~np.isfinite(found)))
        return f"{bad} of {found.size} are not finite numbers"
    wrong = int(np.sum(found != expected)) if expected.dtype.kind in "iub" else None
    share = f"{wrong} of {found.size} differ; " if wrong is not None and found.size > 1 else ""
    return share + _sample(found, _place(found, expected))


def _sample(values: np.ndarray, place: tuple[int, ...]) -> str:
    number = values[place]
    text = f"{number:.6g}" if values.dtype.kind == "f" else str(number)
    return f"{text} at {[int(i) for i in place]}" if place else text


def _count(values: np.ndarray) -> str:
    return "the number is" if values.size == 1 else f"all {values.size} numbers are"
