"""Oracles on depth: layers of weights, with a nonlinearity between each two of them."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np

from grader.check.core import numbers, seeds
from grader.check.core.register import Observations, oracle
from grader.check.measure.perturbing import changes, drawn, finite, largest, only_numbers, redraws, rows, steady
from grader.check.remote.answers import answers, answers_with, compute_dtype, weights
from grader.verdict import Measure, Observation

LINEAR = 2e-2
"""Superposition holds to this, relative to how much the outputs vary: rounding gives 1e-6, in half precision 5e-3;
a layer of relu, tanh or gelu 0.1 and more."""


@oracle
def nonlinear(model: Any, x: np.ndarray) -> Observations:
    """No output is a linear map of the input: f(a) + f(b) − f(a + b) − f(0) isn't zero.

    f are the outputs, or the logits where they are probabilities: a softmax over a linear map decides as linearly
    as the map. Any other activation on the head counts as a nonlinearity; `depth` looks between the layers.
    """
    x = rows(np.asarray(x, "float32"), 16)
    steady(model, x)
    other_x = seeds.rng("nonlinear").normal(0.0, 2.0 * max(float(x.std()), 0.5), x.shape).astype("float32")
    four = np.concatenate([2 * x, other_x, 2 * x + other_x, 0 * x])  # a, b, a + b and 0, in one batch
    asked, off = [], 0.0
    for arrays in redraws(model, "nonlinear", 4):
        asked.append(only_numbers(answers(model, [four], arrays)[0]))
        off = min(_superposition([answer[key] for answer in asked]) for key in asked[0])
        if len(asked) > 1 and off > 2 * LINEAR:
            break
    yield Observation(
        about="nonlinear",
        ok=off > LINEAR,
        seen=f"superposition fails by {off:.0%}"
        if off > LINEAR
        else "a single matrix would do: f(a) + f(b) = f(a + b)",
        expected="a model that does more than one matrix",
        why="Layers without an activation between them fold into a single matrix, however many there are.",
        next='Give the hidden layers an activation, as in `activation="relu"`.',
        measured=Measure(off, LINEAR),
    )


def _superposition(turns: list[np.ndarray]) -> float:
    """By how much f(a) + f(b) = f(a + b) + f(0) fails at most, from outputs for [a, b, a + b, 0] under some weights."""
    values = np.array(turns, "float64")
    values = values.reshape(len(values), 4, values.shape[1] // 4, -1, values.shape[-1] if values.ndim > 2 else 1)
    if values.min() >= 0 and values.max() <= 1:
        values = _logits(values)
    errors = []
    for at_a, at_b, at_both, at_zero in values:
        error, size = np.abs(at_a + at_b - at_both - at_zero), np.abs(at_a - at_zero)
        clear = np.isfinite(error)
        errors.append(error[clear].max(initial=0.0) / max(size[clear].max(initial=0.0), 1e-6))
    return float(max(errors))


def _logits(p: np.ndarray) -> np.ndarray:
    """Logits of probabilities along the last axis, up to a constant; NaN where one is 0 or 1 to rounding."""
    p = np.where((p > 1e-5) & (p < 1 - 1e-5), p, np.nan)
    if p.shape[-1] > 1 and np.nanmax(np.abs(p.sum(axis=-1) - 1), initial=0.0) < 1e-2:
        logs = np.log(p)
        return logs - logs.mean(axis=-1, keepdims=True)
    return np.log(p / (1 - p))


@oracle
def depth(model: Any, x: Any, layers: int | None = None) -> Observations:
    """The model has this many layers with a matrix of weights, and a nonlinearity between each two that follow.

    Two matrices with nothing nonlinear between them act as their product. Then W₁ may change by any u vᵀ with
    v W₂ = 0 and no output moves: that is tried for each two whose sizes fit. Vectors of weights are constant
    meanwhile, so that a normalisation scales all units alike. A hidden layer of one unit can't be looked at.
    """
    x = rows(x, 16)
    steady(model, x)
    found = weights(model)
    kernels = [k for k, weight in enumerate(found) if weight["array"].ndim > 1]
    if layers is not None:
        shapes = ", ".join(str(found[k]["array"].shape) for k in kernels)
        yield Observation(
            about="depth",
            ok=len(kernels) == layers,
            seen=f"{len(kernels)} layers with a matrix of weights" + (f": {shapes}" if shapes else ""),
            expected=f"{layers}, the last one included",
            why="The depth is part of the exercise.",
            next="Check for a missing layer, a layer that is made but not used, or a forgotten head.",
        )
    exact = numbers.tolerance(compute_dtype(model))
    moved = _apart(model, x, found, kernels, exact)
    joined = [pair for pair, change in moved.items() if change <= exact]
    shown = "; ".join(f"`{found[i]['path']}` and `{found[j]['path']}` act as one matrix" for i, j in joined[:3])
    yield Observation(
        about="a nonlinearity between the layers",
        ok=not joined,
        seen=shown or "between each two",
        expected="an activation between every two layers",
        why="The product of two matrices is a matrix: together they can do no more than one of them.",
        next='Give the first of the two an activation, as in `activation="relu"`.',
    )


def _apart(model: Any, x: Any, found: list[dict], kernels: list[int], exact: float) -> dict[tuple[int, int], float]:
    """For each two kernels that may follow one another, how far the outputs move when the first changes by what the
    second ignores: the most in four draws, or the first beyond `exact`. Zero, to rounding, of one matrix in two."""
    pairs = [(i, j) for i, j in permutations(kernels, 2) if _may_follow(found[i]["array"], found[j]["array"])]
    moved, rng = dict.fromkeys(pairs, 0.0), seeds.rng("depth")
    for scale in (1.0, 4.0, 1.0, 4.0):  # under small weights sigmoids let little through, under large ones softmax
        arrays = [drawn(w["array"], rng, scale) if w["array"].ndim > 1 else _constant(w["array"], rng) for w in found]
        left = [pair for pair, change in moved.items() if change <= exact]
        if not left:
            break
        for pair, change in zip(left, _changes_ignored(model, x, arrays, left, rng), strict=True):
            moved[pair] = max(moved[pair], change)
    return moved


@oracle
def activated(model: Any, x: Any) -> Observations:
    """Behind each layer with a matrix of weights, but for one at the end, something nonlinear comes, such as relu.

    Quicker than `depth` for many layers: all that can read v, a direction of a layer's units, are made to ignore it,
    and then the layer's kernel changes along v. If no output moves, all that reads the layer reads it as it is. A
    layer of one unit can't be looked at, and an Embedding is no layer of this kind.
    """
    x = rows(x)
    steady(model, x)
    found = weights(model)
    kernels = [k for k, weight in enumerate(found) if weight["array"].ndim > 1 and weight["array"].shape[-1] > 1]
    moved, rng, exact = dict.fromkeys(kernels, 0.0), seeds.rng("activated"), numbers.tolerance(compute_dtype(model))
    for scale in (1.0, 4.0, 1.0, 4.0):
        arrays = [drawn(w["array"], rng, scale) if w["array"].ndim > 1 else _constant(w["array"], rng) for w in found]
        left = [k for k, change in moved.items() if change <= exact]
        for units in sorted({arrays[k].shape[-1] for k in left}):
            same = [k for k in left if arrays[k].shape[-1] == units]
            for k, change in zip(same, _changes_unread(model, x, arrays, same, rng), strict=True):
                moved[k] = max(moved[k], change)
    idle = [k for k, change in moved.items() if change <= exact]
    order = [k for k, weight in enumerate(found) if weight["array"].ndim > 1]
    shown = ", ".join(f"layer {order.index(k) + 1} of {len(order)} (`{found[k]['path']}`)" for k in idle[:3])
    yield Observation(
        about="an activation after each layer",
        ok=not idle,
        seen=f"none after {shown}" if idle else "after each but the last",
        expected="an activation after each layer but the last",
        why="Without one, two layers in a row can do no more than a single one of them.",
        next='Give the layer an activation, as in `activation="relu"`.',
    )


def _changes_unread(
    model: Any, x: Any, arrays: list[np.ndarray], kernels: list[int], rng: np.random.Generator
) -> list[float]:
    """How far the outputs move when each of the kernels, of equally many units, changes along v, which all that may
    read it ignore."""
    v = rng.normal(0.0, 1.0, arrays[kernels[0]].shape[-1])
    v /= np.linalg.norm(v)
    deaf = [_ignoring(a, v) if a.ndim > 1 and a.shape[-2] % len(v) == 0 else a for a in arrays]
    changed: list[dict[int, np.ndarray]] = [{}]
    for k in kernels:
        u = rng.normal(0.0, 2.0 * arrays[k].std(), arrays[k].shape[:-1])
        changed.append({k: (deaf[k] + u[..., None] * v).astype("float32")})
    here, *there = (only_numbers(answer) for answer in answers_with(model, x, deaf, changed))
    return [largest(changes(one, here)) if finite(here) and finite(one) else 0.0 for one in there]


def _may_follow(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether `second` can take what `first` makes, flattened images included. A single unit tells nothing."""
    units = first.shape[-1]
    return units > 1 and second.shape[-2] % units == 0


def _constant(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same number throughout: near its mean, as a variance has to stay positive."""
    if array.dtype.kind != "f":
        return array
    return np.full(array.shape, array.mean() + rng.uniform(-0.3, 0.3), "float32")


def _changes_ignored(
    model: Any, x: Any, arrays: list[np.ndarray], pairs: list[tuple[int, int]], rng: np.random.Generator
) -> list[float]:
    """How far the outputs move when kernel i changes along v, which kernel j was made to ignore, for each pair."""
    changed = []
    for i, j in pairs:
        v = rng.normal(0.0, 1.0, arrays[i].shape[-1])
        v /= np.linalg.norm(v)
        u = rng.normal(0.0, 2.0 * arrays[i].std(), arrays[i].shape[:-1])
        ignoring = {j: _ignoring(arrays[j], v)}
        changed += [ignoring, ignoring | {i: (arrays[i] + u[..., None] * v).astype("float32")}]
    found = [only_numbers(answer) for answer in answers_with(model, x, arrays, changed)]
    both = zip(found[::2], found[1::2], strict=True)
    return [largest(changes(there, here)) if finite(here) and finite(there) else 0.0 for here, there in both]


def _ignoring(kernel: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The kernel less its part along v: no output changes with an input along v, at any pixel that was flattened."""
    blocks = kernel.reshape(-1, len(v), kernel.shape[-1])
    along = np.einsum("u,bun->bn", v, blocks)
    return (blocks - v[:, None] * along[:, None, :]).reshape(kernel.shape).astype("float32")
