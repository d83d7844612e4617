"""Oracles on what a layer or function does: numbers, dropout, statistics, tracked weights, tracing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice, permutations, product
from typing import Any

import numpy as np

from grader.check import asking, numbers, probe
from grader.check.perturbing import (
    MOVED,
    Answer,
    answers,
    changes,
    compute_dtype,
    drawn,
    each,
    largest,
    named,
    only_numbers,
    oracle,
    other,
    quietly,
    raised,
    redraws,
    rows,
    shifted,
    steady,
    weights,
)
from grader.check.verb import verb
from grader.check.verdict import Measure, Observation, StudentError

Observations = Iterator[Observation]
Shape = tuple[int, ...]


# ---- numbers


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
    rng = probe.rng("equals")
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
        return [Observation(about, False, f"{len(answer)} results", f"{len(parts)}", why, "Return all that is asked.")]
    seen = []
    for (key, part), value in zip(parts.items(), answer.values(), strict=True):
        value, part = answer.get(key, value), np.asarray(part)
        kind = max({value.dtype.name, part.dtype.name} | kinds, key=numbers.tolerance)
        seen += numbers.equal(value, part, about, why, advice, kind)
    return seen


@oracle
def inverse(outer: Any, inner: Any, x: np.ndarray, shape: Shape | None = None) -> Observations:
    """outer(inner(x)) = x; and inner(x) has the `shape`, where one is given, of which None is any size."""
    middle = only_numbers(answers(inner, [x])[0])
    first = next(iter(middle.values()))
    if shape is not None:
        fits = len(first.shape) == len(shape) and all(b in (None, a) for a, b in zip(first.shape, shape, strict=True))
        yield Observation(
            about="the step there",
            ok=fits,
            seen=f"shape {first.shape}",
            expected=f"shape {shape}",
            why="What comes next counts on these axes.",
            next="Write the axes down by name, before and after.",
            stop=True,
        )
    back = only_numbers(answers(outer, [first if len(middle) == 1 else list(middle.values())])[0])
    yield from numbers.equal(
        next(iter(back.values())),
        x,
        "there and back",
        why="The way back has to put every number where it came from.",
        next="`reshape` keeps the order in memory: swapping axes takes `transpose`, on both ways.",
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
        why="Each output is a weighted mean: its weights share out 1.",
        next=f"`softmax(…, axis={axis})`, after any mask.",
    )


def _numbers(values: Any) -> Any:
    try:
        return probe.array(values)
    except probe.NotNumbers:
        return f"a `{type(values).__name__}`"


# ---- training and inference


@oracle
def drops_in_training_only(model: Any, x: Any) -> Observations:
    """Two calls with `training=True` differ, two at inference don't, and no output itself is dropped.

    The last shows in zeros, and in equal numbers within a row, that inference doesn't have.
    """
    x = rows(x, 32)
    steady(model, x)
    random, calm, noisy = False, [], []
    for arrays in redraws(model, "dropout", 2):
        calm += [only_numbers(answer) for answer in answers(model, [x, *_far_away(x)], arrays)]
        noisy += [only_numbers(answer) for answer in answers(model, [x, x], arrays, training=True)]
        random = random or largest(changes(noisy[-1], noisy[-2])) > MOVED
    whole = not any(_dropped([a[key] for a in noisy], [a[key] for a in calm]) for key in calm[0])
    yield Observation(
        about="drops in training",
        ok=random,
        seen="two calls with `training=True` differ" if random else "two calls with `training=True` answer the same",
        expected="another random choice at each call in training",
        why="Units that can't rely on one another learn features that hold by themselves.",
        next="Is there a `Dropout` on the way, and does it get `training`?",
    )
    yield Observation(
        about="the output itself is kept",
        ok=whole,
        seen="whole" if whole else "outputs set to zero in training",
        expected="dropout between the layers, not on what they end in",
        why="A probability that is set to zero by lot is no probability; the loss would chase the lot.",
        next="Put `Dropout` before the last layer.",
    )


def _far_away(x: Any) -> list:
    """Inputs of both signs far from 0, under which a head of relu shows itself; tokens are exchanged for others."""
    rng = probe.rng("far away")
    return [each(x, lambda part, by=by: by * part if part.dtype.kind == "f" else other(part, rng)) for by in (10, -10)]


def _dropped(noisy: list[np.ndarray], calm: list[np.ndarray]) -> bool:
    """Whether training makes outputs exactly 0, or equal within a row, as probabilities are whose logits were dropped.

    More of them than by chance, and not for a head of relu, of which nothing can be said: it is 0 by itself.
    """
    relu = any(np.any(part == 0) for part in calm) and max(part.max() for part in calm) > 1.001
    shares = [(share(noisy), share(calm)) for share in (_zeros, _ties)]
    return not relu and any(now > 0.02 + 2 * before for now, before in shares)


def _zeros(parts: list[np.ndarray]) -> float:
    return float(np.mean(np.concatenate([part.ravel() for part in parts]) == 0))


def _ties(parts: list[np.ndarray]) -> float:
    """The share of rows that hold a number twice."""
    in_order = np.sort(np.concatenate([part.reshape(-1, part.shape[-1] if part.ndim > 1 else 1) for part in parts]))
    return float(np.mean(np.any(np.diff(in_order, axis=-1) == 0, axis=-1))) if in_order.shape[-1] > 1 else 0.0


@verb
def weights_after_call(layer: Any, x: Any, training: bool) -> list[np.ndarray]:
    """The weights as a call leaves them; they are put back."""
    with quietly(), asking.restored_weights(layer):
        layer(x, training=training)
        return [weight["array"] for weight in asking.weights(layer)]


@oracle
def statistics_move_in_training_only(model: Any, x: Any) -> Observations:
    """A call with `training=True` moves weights that the optimizer leaves (running statistics); one at inference
    moves none, and reads them."""
    x = each(rows(x), lambda part: part if part.dtype.kind in "iub" else (3 * part + 2).astype(part.dtype))
    before = steady(model, x)
    found = weights(model)
    kept = [w["array"] for w in found]
    moved = {
        training: [
            k for k, now in enumerate(weights_after_call(model, x, training)) if not np.array_equal(now, kept[k])
        ]
        for training in (True, False)
    }
    statistics = [k for k in moved[True] if not found[k]["trainable"]]
    yield Observation(
        about="statistics move in training",
        ok=bool(statistics),
        seen=f"{len(statistics)} of {sum(not w['trainable'] for w in found)} that the optimizer leaves"
        if statistics
        else "a call with `training=True` leaves every weight as it was",
        expected="running statistics that follow the batches",
        why="At inference there may be a single row: mean and variance have to come from training.",
        next="Is there a `BatchNormalization`, or in your own layer an `assign` to a weight with `trainable=False`?",
    )
    yield Observation(
        about="and in training only",
        ok=not moved[False],
        seen="a call at inference leaves them"
        if not moved[False]
        else f"a call at inference moves `{found[moved[False][0]]['path']}`",
        expected="weights that a prediction leaves as they are",
        why="Otherwise each prediction depends on the ones before it.",
        next="Update only `if training:`.",
    )
    rng = probe.rng("statistics")
    moved_on = [shifted(a, rng) if k in statistics else a for k, a in enumerate(kept)]
    read = not statistics or largest(changes(only_numbers(answers(model, [x], moved_on)[0]), before)) > MOVED
    yield Observation(
        about="read at inference",
        ok=read,
        seen="other statistics give other outputs" if read else "the statistics change no output",
        expected="outputs at inference that use the running statistics",
        why="They are kept for that.",
        next="At inference use the weights that were kept, not the batch's own mean and variance.",
    )


# ---- weights


@verb
def untracked(layer: Any) -> list[str]:
    """Attributes of the object that are variables and not among its weights."""
    own = {id(weight) for weight in asking.own(layer, "variables")}
    found = {name: value for name, value in vars(layer).items() if hasattr(value, "assign") and hasattr(value, "shape")}
    return [name for name, value in found.items() if id(value) not in own]


@oracle
def tracks(layer: Any, trainable: Sequence[Shape], state: Sequence[Shape] = ()) -> Observations:
    """The layer has trainable weights of these shapes, in any order, and `state` that training leaves; no other.

    The layer must have been called.
    """
    found = weights(layer)
    loose = untracked(layer)
    for about, wanted, moving in (("trainable weights", trainable, True), ("weights that are state", state, False)):
        shapes = [tuple(w["array"].shape) for w in found if w["trainable"] is moving]
        yield Observation(
            about=about,
            ok=Counter(shapes) == Counter(tuple(shape) for shape in wanted),
            seen=", ".join(map(str, shapes)) or "none",
            expected=", ".join(str(tuple(shape)) for shape in wanted) or "none",
            why="What isn't tracked isn't trained, and isn't saved.",
            next=f"`self.{loose[0]}` is a variable that Keras doesn't know: make it with `self.add_weight(…)`."
            if loose
            else "Make each weight with `self.add_weight(shape=…)` in `build`, state with `trainable=False`.",
        )


# ---- graphs


@oracle
def works_in_a_graph(subject: Any, x: Any) -> Observations:
    """A function, layer or model can be traced, as `fit` does it, and gives the same numbers then."""
    x = rows(x)
    wanted = steady(subject, x)
    exact = numbers.tolerance(compute_dtype(subject))
    try:
        off = largest(changes(only_numbers(answers(subject, [x], graph=True)[0]), wanted))
        seen, hint = "the same numbers" if off <= exact else "other numbers than when called directly", ""
    except StudentError as error:
        off, seen, hint = np.inf, raised(error), error.hint
    yield Observation(
        about="works inside `fit`",
        ok=off <= exact,
        seen=seen,
        expected="the same numbers in a graph as when called directly",
        why="`fit` traces the model once, with tensors that have no values yet.",
        next=hint or "A Python `if` can't decide on such a tensor: `keras.ops.where` or `keras.ops.cond` can.",
        measured=Measure(off, exact, at_least=False),
    )
