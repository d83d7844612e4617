"""Oracles on return values: a model, a pair, expected numbers, finite numbers."""

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
    """All numbers of an array, a list, a dict of lists, or a History are finite."""
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
        else "finite numbers"
        if first is None
        else f"NaN or infinity in {bad[first]} of {len(found[first])} numbers{f' of `{first}`' * bool(first)}",
        expected="finite numbers",
        why="Once a loss is NaN, all weights become NaN, and the model no longer learns.",
        next="Check for unscaled inputs, too high a learning rate, or a logarithm of 0: these are the usual causes.",
    )


@oracle
def is_model(value: Any, what: str = "the model") -> Observations:
    """`value` is a Keras model of any kind. Stops the check if it isn't."""
    yield Observation(
        about=what,
        ok=queries.is_a_model(value),
        seen=kind_of(value),
        expected="a `keras.Model` (Sequential, functional or your own subclass)",
        why="The next steps call methods of the model.",
        next="End the function with `return model`: `model.compile(…)` returns nothing."
        if value is None
        else "Wrap this tensor of the graph in a model: `keras.Model(inputs, outputs)`."
        if "KerasTensor" in kind_of(value)
        else "Return what the exercise asks for, in the same order.",
        stop=True,
    )


@oracle
def same_model(value: Any, model: Any) -> Observations:
    """`value` is the very model that was passed in, not a copy with different weights."""
    yield Observation(
        about="the model you return",
        ok=value is model,
        seen="the model you were given" if value is model else "a different model, with weights of its own",
        expected="the model you were given",
        why="A clone starts from new random weights and loses what the model has learned.",
        next="Call `compile` on `model` itself.",
    )


@oracle
def is_pair(value: Any, first: str, second: str) -> Observations:
    """`value` is a pair. Stops the check if it isn't."""
    yield _values(value, "a pair", f"two values: {first} and {second}", (first, second))


def is_triple(value: Any, *names: str) -> Observations:
    """`value` is three values. Stops the check if it isn't."""
    yield _values(value, "three values", f"three values: {', '.join(names)}", names)


def _values(value: Any, words: str, expected: str, names: tuple[str, ...]) -> Observation:
    several = queries.members(value)
    ok = several is not None and len(several) == len(names)
    return Observation(
        about="what you return",
        ok=ok,
        seen=words if ok else kind_of(value) + ("" if several is None else f" of {len(several)}"),
        expected=expected,
        why="The next step unpacks all of these values.",
        next=f"End with `return {', '.join(names)}`.",
        stop=True,
    )


@oracle
def equal(
    seen: Any, expected: np.ndarray, about: str, why: str = "", next: str = "", dtype: str | np.dtype | None = None
) -> Observations:
    """`seen`, an array, tensor, list or scalar from the student, has the `expected` numbers and shape.

    `dtype` is the type in which the student's code computed; None means the coarser type of the two arrays. The
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
        seen=f"{_count(found)} right" if ok else _worst(found, expected),
        expected="the same numbers" if ok else _sample(expected, _place(found, expected)),
        why=why,
        next=next,
    )


def _about_shape(found: np.ndarray | None) -> str:
    if found is None:
        return "Return numbers: an array or a tensor."
    return "Print the shape after each step, and find the first step where it differs from what you planned."


def _place(found: np.ndarray, expected: np.ndarray) -> tuple[int, ...]:
    with np.errstate(invalid="ignore"):
        apart = np.abs(found.astype("float64") - expected.astype("float64"))
    apart = np.where(found == expected, 0.0, np.nan_to_num(apart, nan=np.inf))
    return np.unravel_index(int(np.argmax(apart)), expected.shape)


def _worst(found: np.ndarray, expected: np.ndarray) -> str:
    if not np.all(np.isfinite(found)) and np.all(np.isfinite(expected)):
        bad = int(np.sum(~np.isfinite(found)))
        return f"NaN or infinity in {bad} of {found.size} places"
    wrong = int(np.sum(found != expected)) if expected.dtype.kind in "iub" else None
    share = f"{wrong} of {found.size} numbers wrong, for example " if wrong is not None and found.size > 1 else ""
    return share + _sample(found, _place(found, expected))


def _sample(values: np.ndarray, place: tuple[int, ...]) -> str:
    number = values[place]
    text = f"{number:.6g}" if values.dtype.kind == "f" else str(number)
    return f"{text} at {[int(i) for i in place]}" if place else text


def _count(values: np.ndarray) -> str:
    return "the number is" if values.size == 1 else f"all {values.size} numbers are"
