"""Oracles on sequences: any length, padding, causality and permutations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import numbers, seeds
from grader.check.core.arrays import named
from grader.check.core.register import Observations, oracle
from grader.check.measure.perturbing import (
    changes,
    each,
    finite,
    largest,
    only_numbers,
    other,
    raised,
    redraws,
    rows,
    steady,
    together,
)
from grader.check.remote.answers import Answer, answers, compute_dtype
from grader.verdict import Observation, StudentError

PATIENCE = 6
"""How many sets of random weights are tried before an effect counts as missing."""


@oracle
def any_length(model: Any, x: Any, lengths: tuple[int, ...] = (3, 11), axis: int = 1) -> Observations:
    """The model takes sequences of each of these lengths, with the same weights, and reads each to its end.

    `x` is an input of any length; it is repeated along `axis`, which all its arrays must have, for longer ones.
    """
    x = rows(x)
    steady(model, x)
    for length in lengths:
        stretched = each(x, lambda part, n=length: _stretched(part, n, axis))
        about = f"sequences of length {length}"
        try:
            unread = _unread(model, stretched, [length - 1], axis)
        except StudentError as error:
            yield Observation(
                about=about,
                ok=False,
                seen=raised(error),
                expected="a model for sequences of any length",
                why="Sentences and time series differ in length, while the shapes of the weights stay the same.",
                next="Make that dimension `None`, and pool over time instead of flattening, which fixes the length.",
                stop=True,
            )
            return
        yield Observation(
            about=about,
            ok=not unread,
            seen="outputs that don't depend on the last position"
            if unread
            else "outputs that depend on the last position",
            expected="outputs that depend on every position",
            why="The model can't learn from positions that it ignores.",
            next="Check whether the model truncates the sequence or reads only its first part.",
            stop=True,
        )


def _stretched(array: np.ndarray, length: int, axis: int) -> np.ndarray:
    return np.take(array, np.arange(length) % array.shape[axis], axis=axis)


def _unread(model: Any, x: Any, places: Sequence[int], axis: int = 1) -> list[int]:
    """The positions that affect no output under any of `PATIENCE` sets of weights."""
    rng, exact = seeds.rng("unread"), numbers.tolerance(compute_dtype(model))
    changed = {place: each(x, lambda part, k=place: _other_at(part, k, axis, rng)) for place in places}
    for arrays in redraws(model, "unread", PATIENCE):
        here, *there = together(model, [x, *changed.values()], arrays)
        if not finite(here):
            continue
        moved = {place for place, answer in zip(changed, there, strict=True) if largest(changes(answer, here)) > exact}
        changed = {place: other_x for place, other_x in changed.items() if place not in moved}
        if not changed:
            break
    return list(changed)


def _other_at(array: np.ndarray, place: int, axis: int, rng: np.random.Generator) -> np.ndarray:
    """A copy of the array with different values at one position."""
    changed, where = array.copy(), [slice(None)] * array.ndim
    where[axis] = place
    changed[tuple(where)] = other(array, rng)[tuple(where)]
    return changed


@oracle
def ignores_padding(model: Any, x: Any, pad: float = 0, before: bool = False, more: int = 4) -> Observations:
    """`more` positions of `pad` after the sequence (or before it) don't change the outputs; the real positions do.

    `x` holds sequences without padding, (rows, steps) or (rows, steps, features), in one array or several. Outputs
    with a time axis are compared at the positions of the sequence.
    """
    x = rows(x)
    steady(model, x)
    steps = next(iter(named(x).values())).shape[1]
    padded = each(x, lambda part: _padded(part, pad, before, more))
    exact, off = numbers.tolerance(compute_dtype(model)), 0.0
    for arrays in redraws(model, "padding", 2):
        here, there = (only_numbers(answer) for answer in answers(model, [x, padded], arrays))
        if finite(here):
            off = max(off, largest(changes(_unpadded(there, here, before, more), here)))
            off = off if finite(there) else np.inf
    yield Observation(
        about="effect of padding",
        ok=off <= exact,
        seen="the same outputs with padding and without"
        if off <= exact
        else f"outputs that {more} more positions of padding change" + (f" by {off:.0%}" if np.isfinite(off) else ""),
        expected="the same outputs with padding and without",
        why="The length of the padding depends on the longest sequence in the batch, not on the sequence itself.",
        next="Check whether every layer gets the mask. `Embedding(mask_zero=True)` or `Masking` creates one; `Flatten` "
        "and your own layers may drop it, and pooling must divide by the real length.",
    )
    unread = _unread(model, x, range(steps))
    yield Observation(
        about="effect of real positions",
        ok=not unread,
        seen=f"outputs that don't depend on position {unread[0] + 1} of {steps}"
        if unread
        else f"outputs that depend on all {steps} positions",
        expected=f"outputs that depend on all {steps} positions",
        why="A mask over real positions hides data that the model should learn from.",
        next="Check which positions the mask leaves out: it should be only the padding.",
    )


def _padded(array: np.ndarray, pad: float, before: bool, more: int) -> np.ndarray:
    padding = np.full((len(array), more, *array.shape[2:]), pad, array.dtype)
    return np.concatenate([padding, array] if before else [array, padding], axis=1)


def _unpadded(answer: Answer, like: Answer, before: bool, more: int) -> Answer:
    """The answer without the padded positions, for each output that is longer by their number."""
    result = dict(answer)
    for key, part in like.items():
        found = answer.get(key)
        if found is not None and part.ndim > 1 and found.ndim > 1 and found.shape[1] == part.shape[1] + more:
            result[key] = found[:, more:] if before else found[:, :-more]
    return result


@oracle
def causal(model: Any, x: np.ndarray, itself: bool = True) -> Observations:
    """No output depends on a later position; each depends on its own (`itself`), and the last one on the first.

    `x` has the shape (rows, steps) or (rows, steps, features), the single output (rows, steps, …). The oracle changes
    one position at a time, under random weights.
    """
    x = rows(np.asarray(x))
    steps = x.shape[1]
    shape = _single(steady(model, x)).shape
    yield Observation(
        about="one output per position",
        ok=shape[:2] == x.shape[:2],
        seen=f"shape {shape}",
        expected=f"shape {(*x.shape[:2], '…')}".replace("'", ""),
        why="Causality compares each output with its own position, so every position needs an output.",
        next="Keep the time axis: use `return_sequences=True` and no pooling.",
        stop=True,
    )
    rng, exact = seeds.rng("causal"), numbers.tolerance(compute_dtype(model))
    depends = np.zeros((steps, steps), bool)  # [output, input]
    for turn, arrays in enumerate(redraws(model, "causal", PATIENCE)):
        if turn > 1 and (not itself or depends.diagonal().all()) and depends[-1, 0]:
            break
        changed = [_other_at(x, place, 1, rng) for place in range(steps)]
        here, *there = (_single(answer) for answer in together(model, [x, *changed], arrays))
        depends |= np.stack([_moved_places(here, found, exact) for found in there], axis=1)
    yield from _causality(depends, itself)


def _single(answer: Answer) -> np.ndarray:
    return next(iter(answer.values()))


def _moved_places(before: np.ndarray, after: np.ndarray, exact: float) -> np.ndarray:
    """Which positions changed, as booleans of shape (steps,)."""
    apart = np.abs(after.astype("float64") - before.astype("float64"))
    return apart.max(axis=tuple(k for k in range(apart.ndim) if k != 1)) > exact * max(np.abs(before).max(), 1e-6)


def _causality(depends: np.ndarray, itself: bool) -> Observations:
    steps = len(depends)
    ahead = np.argwhere(np.triu(depends, 1))
    yield Observation(
        about="dependence on later positions",
        ok=not len(ahead),
        seen=f"output {ahead[0][0] + 1} depends on position {ahead[0][1] + 1}"
        if len(ahead)
        else "no output depends on later positions",
        expected="no output depends on later positions",
        why="A model that sees the value it should predict learns to copy it, and fails when there is nothing to copy.",
        next="Mask the scores before the softmax with a large negative number: masked later, the weights no longer add "
        "up to 1."
        if len(ahead) < steps * (steps - 1) / 2
        else "Check whether the mask is passed on, and whether it is inverted: at present it has no effect.",
    )
    blind = np.flatnonzero(~depends.diagonal())
    if itself:
        yield Observation(
            about="dependence on the same position",
            ok=not len(blind),
            seen=f"output {blind[0] + 1} doesn't depend on position {blind[0] + 1}"
            if len(blind)
            else "each output depends on its own position",
            expected="each output depends on its own position",
            why="The mask must leave the diagonal open.",
            next="Use the lower triangle with the diagonal: `i >= j`, not `i > j`.",
        )
    yield Observation(
        about="dependence on earlier positions",
        ok=bool(depends[-1, 0]),
        seen=f"the last output {'depends' if depends[-1, 0] else 'does not depend'} on the first position",
        expected="the last output depends on the first position",
        why="A model that uses each position alone is causal too, but learns nothing about the sequence.",
        next="Check whether the mask is inverted, or masks everything but the diagonal.",
    )


@oracle
def permutation_equivariant(model: Any, x: np.ndarray, axis: int = 1, expected: bool = True) -> Observations:
    """Permuting the input along `axis` permutes the single output the same way. With `expected=False` it doesn't."""
    yield _permuted(model, x, axis, expected, along=True)


@oracle
def permutation_invariant(model: Any, x: np.ndarray, axis: int = 1, expected: bool = True) -> Observations:
    """Permuting the input along `axis` leaves the outputs unchanged. With `expected=False` it doesn't."""
    yield _permuted(model, x, axis, expected, along=False)


def _permuted(model: Any, x: np.ndarray, axis: int, expected: bool, along: bool) -> Observation:
    x = rows(np.asarray(x))
    steady(model, x)
    exact, rng = numbers.tolerance(compute_dtype(model)), seeds.rng("permuted")
    off = varied = 0.0
    for arrays in redraws(model, "permuted", 2):
        order = np.roll(np.arange(x.shape[axis]), rng.integers(1, x.shape[axis]))
        order[:2] = order[1::-1]  # a circular convolution would pass with a rotation alone
        here, there, elsewhere = together(model, [x, np.take(x, order, axis), other(x, rng)], arrays)
        if not finite(here):
            continue
        wanted = {key: _taken(part, order, axis) for key, part in here.items()} if along else here
        off = max(off, largest(changes(there, wanted)))
        varied = max(varied, largest(changes(elsewhere, here)))
    return _permutation(off <= exact, varied > exact, off, expected, along)


def _taken(array: np.ndarray, order: np.ndarray, axis: int) -> np.ndarray:
    return np.take(array, order, axis) if array.ndim > axis and array.shape[axis] == len(order) else array[:0]


def _permutation(holds: bool, varied: bool, off: float, expected: bool, along: bool) -> Observation:
    holding, failing = (
        ("are permuted the same way", "aren't permuted the same way") if along else ("stay the same", "change")
    )
    off_by = f", by up to {off:.0%}" if np.isfinite(off) else ""
    permuted = "when the positions are permuted, the outputs"
    return Observation(
        about="order of the positions",
        ok=holds == expected and varied,
        seen=f"{permuted} {holding if holds else failing + off_by}"
        if varied
        else "outputs that don't depend on the input",
        expected=f"{permuted} {holding if expected else failing}",
        why="The order of the positions carries no information here, so it must not affect the predictions."
        if expected
        else "Without positions, attention treats its input as a set and can't tell first from last.",
        next="Look for a layer that depends on positions: an embedding of positions, a recurrent layer or a flatten."
        if expected
        else "Add information about the positions to the inputs, for example an embedding of 0, 1, 2, …",
    )
