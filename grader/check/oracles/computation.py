"""Oracles on what is computed, compared with a computation of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice, permutations, product
from typing import Any

import numpy as np

from grader.check.core import guarded, numbers, seeds
from grader.check.core.arrays import Shape, named
from grader.check.core.register import Observations, oracle
from grader.check.measure.perturbing import drawn, only_numbers
from grader.check.oracles import values
from grader.check.remote import queries
from grader.check.remote.answers import Answer, answers, compute_dtype, weights
from grader.verdict import Observation


@oracle
def equals(
    subject: Any,
    expected: Callable[..., Any],
    inputs: Sequence[Any],
    about: str = "numbers",
    why: str = "",
    advice: str = "",
) -> Observations:
    """A function, layer or model gives the numbers of `expected`, a NumPy function, for each of `inputs`.

    An input is an array, a list or dict of arrays, or a tuple of arguments for both functions. A layer's trainable
    weights are redrawn and all of them handed to `expected` after the arguments: those with most axes first, those
    with equally many in the order that fits, as theirs is the student's choice.
    """
    only_numbers(answers(subject, list(inputs[:1]))[0])
    arrays = _all_redrawn(subject)
    found = [only_numbers(answer) for answer in answers(subject, list(inputs), arrays or None)]
    best: list[Observation] | None = None
    for order in islice(_orders(arrays), 24):
        seen = []
        for x, answer in zip(inputs, found, strict=True):
            wanted = expected(*(x if isinstance(x, tuple) else (x,)), *order)
            kinds = {np.asarray(part).dtype.name for part in named(x).values()} | {compute_dtype(subject)} - {"float32"}
            seen += _compared(answer, wanted, about, why, advice, kinds)
        if best is None or sum(o.ok for o in seen) > sum(o.ok for o in best):
            best = seen
        if all(o.ok for o in seen):
            break
    yield next((o for o in best or [] if not o.ok), best[0])


def _all_redrawn(subject: Any) -> list[np.ndarray]:
    rng = seeds.rng("equals")
    return [drawn(w["array"], rng) if w["trainable"] else w["array"] for w in weights(subject)]


def _orders(arrays: list[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """The weights, those with most axes first, with each order of those that have equally many."""
    ranked = sorted(arrays, key=lambda a: -a.ndim)
    groups = [list(group) for _, group in groupby(ranked, key=lambda a: a.ndim)]
    for choice in product(*(permutations(group) for group in groups)):
        yield [array for group in choice for array in group]


def _compared(answer: Answer, wanted: Any, about: str, why: str, advice: str, kinds: set[str]) -> list[Observation]:
    """`kinds` are the types of what went in: numbers are as exact as the coarsest type on the way."""
    parts = named(wanted)
    if len(parts) != len(answer):
        advice = advice or "Return everything that is asked for."
        return [Observation(about, False, f"{len(answer)} results", f"{len(parts)}", why, advice)]
    seen = []
    for (key, part), value in zip(parts.items(), answer.values(), strict=True):
        value, part = answer.get(key, value), np.asarray(part)
        kind = max({value.dtype.name, part.dtype.name} | kinds, key=numbers.tolerance)
        seen += values.equal(value, part, about, why, advice, kind)
    return seen


@oracle
def inverse(outer: Any, inner: Any, x: np.ndarray, shape: Shape | None = None) -> Observations:
    """outer(inner(x)) = x; and inner(x) has the `shape`, where one is given, of which None is any size."""
    middle = only_numbers(answers(inner, [x])[0])
    first = next(iter(middle.values()))
    if shape is not None:
        fits = len(first.shape) == len(shape) and all(b in (None, a) for a, b in zip(first.shape, shape, strict=True))
        yield Observation(
            about="the first step",
            ok=fits,
            seen=f"shape {first.shape}",
            expected=f"shape {shape}",
            why="The next step relies on these axes.",
            next="Write down the axes by name, before and after.",
            stop=True,
        )
    back = only_numbers(answers(outer, [first if len(middle) == 1 else list(middle.values())])[0])
    yield from values.equal(
        next(iter(back.values())),
        x,
        "there and back",
        why="The way back must put every number where it came from.",
        next="`reshape` keeps the order in memory. To swap axes, use `transpose`, in both directions.",
    )


@oracle
def rows_sum_to_one(values: Any, axis: int = -1, about: str = "weights add up to 1") -> Observations:
    """`values` are ≥ 0 and add up to 1 along `axis`: what a softmax over that axis returns."""
    found = only_numbers({0: _numbers(values)})[0]
    at_one = [k for k in range(found.ndim) if np.allclose(found.sum(axis=k), 1.0, atol=1e-3)]
    ok = found.ndim > 0 and axis % found.ndim in at_one and found.min() >= 0
    low = f"the smallest is {found.min():.3g}" if found.size and found.min() < 0 else ""
    elsewhere = f"they do so along axis {at_one[0]}" if at_one and not ok else ""
    sums = f"sums between {found.sum(axis=axis).min():.3g} and {found.sum(axis=axis).max():.3g}" if found.ndim else ""
    yield Observation(
        about=about,
        ok=ok,
        seen="they do" if ok else low or elsewhere or sums or "a single number",
        expected=f"numbers from 0 to 1 that add up to 1 along axis {axis}",
        why="Each output is a weighted mean, so its weights must add up to 1.",
        next=f"`softmax(…, axis={axis})`, after any mask.",
    )


def _numbers(values: Any) -> Any:
    try:
        return guarded.array(values)
    except guarded.NotNumbers:
        return f"a `{type(values).__name__}`"


@oracle
def two_dense(
    model: Any,
    x: np.ndarray,
    units: int,
    between: tuple[float, float] | None = None,
    temperature: float | None = None,
) -> Observations:
    """At inference the model is: dense with relu → a · h + b, where `between` is (a, b) → dense → with `temperature`,
    softmax(scores / temperature).

    It has been called, and its four weights have the right shapes. With as many columns in as out either kernel may be
    the first one.
    """
    found = [w["array"] for w in queries.weights(model)]
    rng = seeds.rng("two dense", [w.shape for w in found])
    arrays_ = [(rng.normal(0, 1, w.shape) / np.sqrt(max(w.shape[0], 1))).astype("float32") for w in found]
    seen = next(iter(only_numbers(answers(model, [x], arrays_)[0]).values()))
    matrices, vectors = ([w for w in arrays_ if w.ndim == n] for n in (2, 1))
    wanted = {
        slip: [
            _two_dense(x, k, b, h, c, between, temperature, slip)
            for k, h in (matrices, matrices[::-1])
            for b, c in (vectors, vectors[::-1])
            if k.shape == (x.shape[1], units) and b.shape == (units,) and h.shape[0] == units and c.shape == h.shape[1:]
        ]
        for slip in ("", *DENSE_SLIPS)
    }
    right = next((one for one in wanted[""] if seen.shape == one.shape and numbers.close(seen, one)), wanted[""][0])
    here = next(values.equal(seen, right, "its numbers"))
    slip = next((s for s in DENSE_SLIPS if any(numbers.close(seen, one) for one in wanted[s])), "")
    yield Observation(
        about="its numbers",
        ok=here.ok,
        seen=here.seen,
        expected=here.expected,
        why="The order of the steps matters: each relies on the one before.",
        next=DENSE_SLIPS.get(slip, "Follow one row through `call`, step by step."),
    )


DENSE_SLIPS = {
    "no relu": "The first dense layer has no relu.",
    "nothing between": "The inner layer is not used, at least in inference mode. Always call it; it gets the "
    "mode as an argument.",
    "inner last": "The inner layer comes after the second dense layer.",
    "relu at the end": "The last layer has an activation but should have none.",
    "no temperature": "The scores are not divided by the temperature.",
    "no softmax": "These are the scores: the softmax is missing.",
}


def _two_dense(x: np.ndarray, k: Any, b: Any, h: Any, c: Any, between: Any, temperature: Any, slip: str) -> np.ndarray:
    factor, offset = between or (1.0, 0.0)
    x = x.astype("float64") @ k + b
    x = x if slip == "no relu" else np.maximum(x, 0)
    if slip not in ("nothing between", "inner last"):
        x = factor * x + offset
    x = x @ h + c
    x = factor * x + offset if slip == "inner last" else x
    x = np.maximum(x, 0) if slip == "relu at the end" else x
    if temperature is None:
        return x
    x = x if slip == "no temperature" else x / temperature
    return x if slip == "no softmax" else _softmax(x)


Refine = Callable[[np.ndarray, list[np.ndarray], int, float], np.ndarray]


def _softmax(values: np.ndarray) -> np.ndarray:
    from scipy.special import softmax  # Keras loads it; without Keras it would take half a second

    return softmax(values, axis=1)


def _refined(x: np.ndarray, weights: list[np.ndarray], most: int, limit: float, slip: str = "") -> np.ndarray:
    """What an early exit answers: `weights` are the block's kernel and bias (tanh) and the head's (softmax)."""
    block, block_bias, head, head_bias = weights
    x, first = x.astype("float64"), None
    for _ in range(most + {"fewer": -1, "more": 1}.get(slip, 0)):
        scores = x @ head + head_bias
        p = (scores if slip == "no softmax" else _softmax(scores)).max(axis=1)
        first = p < limit if first is None else first
        unsure = p < limit
        if slip == "all":
            unsure = np.ones(len(x), bool)
        elif slip == "while none is sure":
            unsure = np.full(len(x), bool(unsure.all()))
        elif slip == "in the mean":
            unsure = np.full(len(x), p.mean() < limit)
        elif slip == "the other way":
            unsure = ~unsure
        elif slip == "asked once":
            unsure = first
        elif slip == "none":
            unsure = np.zeros(len(x), bool)
        x = np.where(unsure[:, None], np.tanh(x @ block + block_bias), x)
    scores = x @ head + head_bias
    return scores if slip == "no softmax" else _softmax(scores)


SLIPS = {
    "all": "Every row goes through the block each time, or as long as any row is unsure. Decide for each row "
    "separately: `keras.ops.where(unsure, block(h), h)`.",
    "while none is sure": "The first row that is sure stops all the others. Decide for each row separately: "
    "`keras.ops.where(unsure, block(h), h)`.",
    "in the mean": "All rows continue or stop together, by their mean. Decide for each row separately.",
    "the other way": "The sure rows continue and the unsure ones stop: reverse the condition.",
    "asked once": "Which rows are unsure is determined only once. Determine it again after each round: the "
    "head may be sure now.",
    "fewer": "One round too few: allow up to `most` rounds.",
    "more": "One round too many: allow at most `most` rounds.",
    "no softmax": "These are scores: the head ends in a softmax, and its probabilities are compared with the limit.",
    "none": "No row ever goes through the block.",
}


@oracle
def exits_early(model: Any, features: int, classes: int, most: int, limit: float) -> Observations:
    """A row goes through a block (dense, tanh, features → features) as long as the head (dense, softmax) gives no
    class a probability of `limit`, `most` times at most; then the head answers. Each row by itself.

    The model has been called, and has the four weights of these two layers, in any order; features ≠ classes.
    """
    shapes = [(features, features), (features,), (features, classes), (classes,)]
    found = [w["array"].shape for w in queries.weights(model)]
    if sorted(found) != sorted(shapes):
        yield Observation(
            about="its weights",
            ok=False,
            seen=", ".join(map(str, found)) or "none",
            expected=f"those of the block and of one head: {', '.join(map(str, shapes))}",
            why="The same block is used in every round, and the same head.",
            next="The block was never called. Check whether one sure row stops all the others."
            if sorted(found) == sorted(shapes[2:])
            else "Make the head once, in `__init__`, and keep the block in an attribute.",
            stop=True,
        )
        return
    x, weights = _mixed(shapes, most, limit)
    ours = [weights[shapes.index(shape)] for shape in found]
    seen = next(iter(only_numbers(answers(model, [x], ours)[0]).values()))
    wanted = _refined(x, weights, most, limit)
    ok = numbers.close(seen, wanted)
    off = [] if seen.shape != wanted.shape else np.flatnonzero(np.abs(seen - wanted).max(axis=1) > 1e-3).tolist()
    here = next(values.equal(seen, wanted, "each row leaves when it is sure"))
    slip = "" if ok else next((s for s in SLIPS if numbers.close(seen, _refined(x, weights, most, limit, s))), "")
    yield Observation(
        about="each row leaves when it is sure",
        ok=ok,
        seen=here.seen if ok or not off else f"{len(off)} of {len(x)} rows get another answer",
        expected=f"up to {most} rounds for each row, until a probability reaches {limit:g}",
        why="Easy rows take few rounds; hard ones get more.",
        next=SLIPS.get(
            slip, "Compute one row by hand: call the head, compare with the limit, then the block, then the head again."
        ),
    )


def _mixed(shapes: list[tuple[int, ...]], most: int, limit: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """Rows and weights under which rows leave after different numbers of rounds, none of them by a hair, and each slip
    leads to other answers."""
    rng = seeds.rng("exits early", shapes, most, limit)
    for _ in range(2000):
        scales = (1.6 / np.sqrt(shapes[0][0]), 0.3, 1.6 / np.sqrt(shapes[0][0]), 0.3)
        weights = [rng.normal(0, s, shape).astype("float32") for s, shape in zip(scales, shapes, strict=True)]
        x = rng.normal(0, 1, (12, shapes[0][0])).astype("float32")
        tops = [_refined(x, weights, rounds, limit).max(axis=1) for rounds in range(most + 1)]
        clear = min(float(np.abs(top - limit).min()) for top in tops) > 2e-3
        left = [int((top >= limit).sum()) for top in tops]
        right = _refined(x, weights, most, limit)
        told = all(np.abs(_refined(x, weights, most, limit, slip) - right).max() > 0.01 for slip in SLIPS)
        if clear and told and 0 < left[0] < left[1] and left[-1] < len(x):
            return x, weights
    raise ValueError(f"no weights under which rows leave at different rounds for a limit of {limit}")
