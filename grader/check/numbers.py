"""When two numbers count as equal: tolerances by dtype and device in one place, and gradients by finite differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from grader.check import probe
from grader.verdict import Observation

Observations = Iterator[Observation]

RELATIVE = {"float64": 1e-8, "float32": 1e-4, "bfloat16": 3e-2, "float16": 5e-3}
"""Of the largest magnitude among the expected numbers. About 1000 units in the last place for float32 (sums of some
hundred terms in any order), 4 to 5 for the half precisions, whose sums Keras keeps in float32."""

ON_GPU = {"float32": 2e-3}
"""NVIDIA's TensorFloat-32 multiplies with 10 bits of mantissa: 2⁻¹⁰ ≈ 1e-3 for a factor."""

GRADIENT = 1e-3
"""Relative error that a right gradient keeps below central differences in float64; cf. Stanford's CS231n, which
calls 1e-2 "probably wrong" and 1e-4 "okay" for objectives with kinks."""


@cache
def on_gpu() -> bool:
    """Whether the backend computes on a GPU."""
    import keras

    return bool(keras.distribution.list_devices("gpu"))


def tolerance(dtype: str | np.dtype = "float32", gpu: bool | None = None) -> float:
    """How far two results may be apart, relative to the largest expected magnitude, for a computation in `dtype`.

    `gpu` says where it ran; None asks the backend. Integers and booleans have to be equal. Raises KeyError for a
    dtype that no layer computes in.
    """
    name = getattr(dtype, "name", None) or str(dtype)
    if np.dtype(name if name != "bfloat16" else "float32").kind in "iub":
        return 0.0
    return (ON_GPU if (on_gpu() if gpu is None else gpu) else {}).get(name) or RELATIVE[name]


def gap(seen: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, relative to the largest expected magnitude (at least 1e-6); NaN where NaN is.

    Infinities that stand in the same place are equal.
    """
    seen, expected = (np.asarray(a, "float64") for a in (seen, expected))
    if not expected.size:
        return 0.0
    with np.errstate(invalid="ignore"):
        apart = np.where(seen == expected, 0.0, np.abs(seen - expected))
    finite = np.abs(expected[np.isfinite(expected)])
    return float(apart.max() / max(finite.max(initial=0.0), 1e-6))


def close(seen: Any, expected: Any, dtype: str | np.dtype = "float32") -> bool:
    """Whether two arrays have one shape and equal numbers for a computation in `dtype`."""
    seen, expected = np.asarray(seen), np.asarray(expected)
    return seen.shape == expected.shape and gap(seen, expected) <= tolerance(dtype)


def equal(
    seen: Any, expected: np.ndarray, about: str, why: str = "", next: str = "", dtype: str | np.dtype | None = None
) -> Observations:
    """`seen` holds the `expected` numbers, in their shape: an array, a tensor, a list or a scalar of the student's.

    `dtype` is that in which the student's code computed; None takes the coarser of the two that are there. The
    observation shows the place where they differ most.
    """
    expected = np.asarray(expected)
    try:
        found = probe.array(seen)
    except probe.NotNumbers:
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


def series(values: Sequence[float] | np.ndarray) -> str:
    """The first six of them, for a message."""
    return ", ".join(f"{v:.4g}" for v in values[:6]) + (", …" if len(values) > 6 else "")


def counted(n: int, noun: str) -> str:
    """`1 step`, `3 steps`."""
    return f"{n} {noun}{'s' * (n != 1)}"


def _count(values: np.ndarray) -> str:
    return "the number is" if values.size == 1 else f"all {values.size} numbers are"


def relative_error(seen: np.ndarray, expected: np.ndarray) -> float:
    """‖a − b‖ / max(‖a‖ + ‖b‖, 1e-12), between 0 and 1; NaN where one holds NaN."""
    a, b = (np.asarray(v, "float64").ravel() for v in (seen, expected))
    return float(np.linalg.norm(a - b) / max(np.linalg.norm(a) + np.linalg.norm(b), 1e-12))


def numerical_gradient(f: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """∂f/∂x by central differences, (f(x + h) − f(x − h)) / 2h, with an error of order h². Shape of `x`, float64.

    f takes an array like `x` and returns a number. Where f computes in float32 take a step near 1e-2, as rounding
    adds about 1e-7·|f|/h.
    """
    x = np.array(x, "float64")
    slope = np.empty_like(x)
    for place in np.ndindex(x.shape):
        here = x[place]
        ends = []
        for side in (+1, -1):
            x[place] = here + side * step
            ends.append(float(f(x.copy())))
        x[place] = here
        slope[place] = (ends[0] - ends[1]) / (2 * step)
    return slope


def gradient_is(
    seen: Any, f: Callable[[np.ndarray], float], x: np.ndarray, about: str = "gradient", at_most: float = GRADIENT
) -> Observations:
    """`seen` is the gradient of f at `x`: compared with central differences of f, a NumPy function in float64."""
    expected = numerical_gradient(f, x)
    try:
        found = probe.array(seen)
    except probe.NotNumbers:
        found = np.array(())
    shaped = found.shape == expected.shape
    error = relative_error(found, expected) if shaped else np.inf
    yield Observation(
        about=about,
        ok=error <= at_most,
        seen=f"relative error {error:.1e}" if shaped else _no_gradient(seen, found),
        expected=f"the slope measured by moving each number a little, {_listed(expected)}",
        why="A gradient that is off sends every step of training the wrong way.",
        next=_gradient_advice(seen, found, expected),
    )


def _no_gradient(seen: Any, found: np.ndarray) -> str:
    return "`None`: the tape saw no path from the result to the input" if seen is None else f"shape {found.shape}"


def _gradient_advice(seen: Any, found: np.ndarray, expected: np.ndarray) -> str:
    if seen is None:
        return "Is the input a variable, or watched with `tape.watch`? Is everything between computed inside the tape?"
    if found.shape != expected.shape:
        return "A gradient has the shape of what it is taken with respect to."
    if relative_error(-found, expected) < 1e-2:
        return "The sign is the other way round."
    ratio = _constant_ratio(found, expected)
    if ratio is not None:
        return f"Yours is {ratio:.4g} times as large everywhere: a sum where a mean belongs, or a factor forgotten?"
    return "Which term of the derivative is missing? Try an input with a single number."


def _constant_ratio(found: np.ndarray, expected: np.ndarray) -> float | None:
    large = np.abs(expected) > 1e-3 * np.abs(expected).max(initial=0.0)
    if not large.any():
        return None
    ratios = found[large] / expected[large]
    return float(ratios.mean()) if np.ptp(ratios) < 1e-2 * abs(ratios.mean()) else None


def _listed(values: Sequence[float] | np.ndarray) -> str:
    flat = np.asarray(values).ravel()
    return "[" + ", ".join(f"{v:.3g}" for v in flat[:4]) + (", …]" if flat.size > 4 else "]")
