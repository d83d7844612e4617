"""When two numbers count as equal: tolerances by dtype and device, and gradients by finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

RELATIVE = {"float64": 1e-8, "float32": 1e-4, "bfloat16": 3e-2, "float16": 5e-3}
"""Tolerance relative to the largest expected magnitude. About 1000 units in the last place for float32 (sums of a few
hundred terms in any order), 4 to 5 for the half precisions, whose sums Keras keeps in float32."""

ON_GPU = {"float32": 2e-3}
"""NVIDIA's TensorFloat-32 multiplies with a mantissa of 10 bits: 2⁻¹⁰ ≈ 1e-3 for each factor."""

GRADIENT = 1e-3
"""Largest relative error of a right gradient compared with central differences in float64; cf. Stanford's CS231n,
which calls 1e-2 "probably wrong" and 1e-4 "okay" for objectives with kinks."""


@cache
def on_gpu() -> bool:
    """Whether the backend computes on a GPU."""
    import keras

    return bool(keras.distribution.list_devices("gpu"))


def tolerance(dtype: str | np.dtype = "float32", gpu: bool | None = None) -> float:
    """The allowed difference of two results, relative to the largest expected magnitude, for a computation in `dtype`.

    `gpu` says whether it ran on a GPU; None asks the backend. Integers and booleans have to be equal. Raises KeyError
    for a dtype that no layer computes in.
    """
    name = getattr(dtype, "name", None) or str(dtype)
    if np.dtype(name if name != "bfloat16" else "float32").kind in "iub":
        return 0.0
    return (ON_GPU if (on_gpu() if gpu is None else gpu) else {}).get(name) or RELATIVE[name]


def gap(seen: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, relative to the largest expected magnitude (at least 1e-6); NaN if either has a NaN.

    Infinities of the same sign in the same place are equal.
    """
    seen, expected = (np.asarray(a, "float64") for a in (seen, expected))
    if not expected.size:
        return 0.0
    with np.errstate(invalid="ignore"):
        apart = np.where(seen == expected, 0.0, np.abs(seen - expected))
    finite = np.abs(expected[np.isfinite(expected)])
    return float(apart.max() / max(finite.max(initial=0.0), 1e-6))


def close(seen: Any, expected: Any, dtype: str | np.dtype = "float32") -> bool:
    """Whether two arrays have the same shape and equal numbers for a computation in `dtype`."""
    seen, expected = np.asarray(seen), np.asarray(expected)
    return seen.shape == expected.shape and gap(seen, expected) <= tolerance(dtype)


def series(values: Sequence[float] | np.ndarray) -> str:
    """The first six values as text, for a message."""
    return ", ".join(f"{v:.4g}" for v in values[:6]) + (", …" if len(values) > 6 else "")


def counted(n: int, noun: str) -> str:
    """A number and its noun, as in `1 step` and `3 steps`."""
    return f"{n} {noun}{'s' * (n != 1)}"


def relative_error(seen: np.ndarray, expected: np.ndarray) -> float:
    """‖a − b‖ / max(‖a‖ + ‖b‖, 1e-12), between 0 and 1; NaN if either contains a NaN."""
    a, b = (np.asarray(v, "float64").ravel() for v in (seen, expected))
    return float(np.linalg.norm(a - b) / max(np.linalg.norm(a) + np.linalg.norm(b), 1e-12))


def numerical_gradient(f: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """∂f/∂x by central differences, (f(x + h) − f(x − h)) / 2h, with an error of order h². Shape of `x`, float64.

    `f` takes an array like `x` and returns a number. If `f` computes in float32, use a step near 1e-2: rounding adds
    about 1e-7·|f|/h.
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
