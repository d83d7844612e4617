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
"""Random weights under which an effect may fail to show before it counts as missing."""


@oracle
def any_length(model: Any, x: Any, lengths: tuple[int, ...] = (3, 11), axis: int = 1) -> Observations:
    """The model takes sequences of each of these lengths, with the same weights, and reads each to its end.

    `x` is an input of any length; longer ones are made by repeating it along `axis`, which every array of it has.
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
                why="Sentences and series differ in length; the weights don't.",
                next="Leave that dimension `None`; flattening fixes it, pooling over time doesn't.",
                stop=True,
            )
            return
        yield Observation(
            about=about,
            ok=not unread,
            seen="taken, but the last position changes nothing" if unread else "taken, and read to the end",
            expected="answers that depend on every position",
            why="What is cut off can't be learned from.",
            next="Is the sequence cut, or only its first part read?",
            stop=True,
        )


def _stretched(array: np.ndarray, length: int, axis: int) -> np.ndarray:
    return np.take(array, np.arange(length) % array.shape[axis], axis=axis)


def _unread(model: Any, x: Any, places: Sequence[int], axis: int = 1) -> list[int]:
    """Which of the positions change no output under any of `PATIENCE` sets of weights."""
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
    """A copy of the array with other values at one position."""
    changed, where = array.copy(), [slice(None)] * array.ndim
    where[axis] = place
    changed[tuple(where)] = other(array, rng)[tuple(where)]
    return changed


@oracle
def ignores_padding(model: Any, x: Any, pad: float = 0, before: bool = False, more: int = 4) -> Observations:
    """`more` positions of `pad` after the sequence (or before it) leave the outputs as they are; real ones count.

    `x` holds sequences without padding, (rows, steps) or (rows, steps, features), in one array or several. Outputs
    with a time axis are compared where the sequence is.
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
        about="padding is ignored",
        ok=off <= exact,
        seen="the same with padding and without"
        if off <= exact
        else f"{more} more positions of padding change the outputs" + (f" by {off:.0%}" if np.isfinite(off) else ""),
        expected="the same outputs",
        why="How far a sequence was padded depends on the longest one in its batch, not on what it says.",
        next="Does every layer get the mask? `Embedding(mask_zero=True)` or `Masking` makes one; `Flatten` and your "
        "own layers drop it, and pooling has to divide by the real length.",
    )
    unread = _unread(model, x, range(steps))
    yield Observation(
        about="real positions are read",
        ok=not unread,
        seen=f"position {unread[0] + 1} of {steps} changes nothing" if unread else f"all {steps}",
        expected="outputs that depend on every real position",
        why="A mask over real words hides what the model should learn from.",
        next="Which positions does the mask leave out? Only those that hold the padding.",
    )


def _padded(array: np.ndarray, pad: float, before: bool, more: int) -> np.ndarray:
    padding = np.full((len(array), more, *array.shape[2:]), pad, array.dtype)
    return np.concatenate([padding, array] if before else [array, padding], axis=1)


def _unpadded(answer: Answer, like: Answer, before: bool, more: int) -> Answer:
    """The answer without the padding's positions, where it has as many more as were added."""
    result = dict(answer)
    for key, part in like.items():
        found = answer.get(key)
        if found is not None and part.ndim > 1 and found.ndim > 1 and found.shape[1] == part.shape[1] + more:
            result[key] = found[:, more:] if before else found[:, :-more]
    return result


@oracle
def causal(model: Any, x: np.ndarray, itself: bool = True) -> Observations:
    """No output depends on a later position; each does on its own (`itself`), and the last one on the first.

    `x` is (rows, steps) or (rows, steps, features), the single output (rows, steps, …). Positions are changed one
    at a time, under random weights.
    """
    x = rows(np.asarray(x))
    steps = x.shape[1]
    shape = _single(steady(model, x)).shape
    yield Observation(
        about="an output for each position",
        ok=shape[:2] == x.shape[:2],
        seen=f"shape {shape}",
        expected=f"shape {(*x.shape[:2], '…')}".replace("'", ""),
        why="Which output may see which position can only be said with one for each.",
        next="Keep the time axis: `return_sequences=True`, no pooling.",
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
    """Which positions moved: (steps,) booleans."""
    apart = np.abs(after.astype("float64") - before.astype("float64"))
    return apart.max(axis=tuple(k for k in range(apart.ndim) if k != 1)) > exact * max(np.abs(before).max(), 1e-6)


def _causality(depends: np.ndarray, itself: bool) -> Observations:
    steps = len(depends)
    ahead = np.argwhere(np.triu(depends, 1))
    yield Observation(
        about="the future is hidden",
        ok=not len(ahead),
        seen=f"output {ahead[0][0] + 1} changes with position {ahead[0][1] + 1}"
        if len(ahead)
        else "no output looks ahead",
        expected="outputs that depend on their own position and earlier ones",
        why="A model that sees what it should predict learns to copy, and fails where there is nothing to copy.",
        next="Mask before the softmax, with a large negative number: afterwards the weights no longer add up to 1."
        if len(ahead) < steps * (steps - 1) / 2
        else "No mask at all takes effect: is it handed on, and the right way round?",
    )
    blind = np.flatnonzero(~depends.diagonal())
    if itself:
        yield Observation(
            about="the present is seen",
            ok=not len(blind),
            seen=f"output {blind[0] + 1} doesn't depend on position {blind[0] + 1}"
            if len(blind)
            else "at every position",
            expected="each output to depend on its own position",
            why="The mask must leave the diagonal open.",
            next="Lower triangle with the diagonal: `i >= j`, not `i > j`.",
        )
    yield Observation(
        about="the past is seen",
        ok=bool(depends[-1, 0]),
        seen="the last output depends on the first position" if depends[-1, 0] else "the first position is forgotten",
        expected="later outputs to depend on earlier positions",
        why="Each position by itself would be causal, too, and know nothing of the sequence.",
        next="Is the mask the wrong way round, or all but the diagonal masked?",
    )


@oracle
def permutation_equivariant(model: Any, x: np.ndarray, axis: int = 1, expected: bool = True) -> Observations:
    """Permuting the input along `axis` permutes the single output likewise. With `expected=False` it doesn't."""
    yield _permuted(model, x, axis, expected, along=True)


@oracle
def permutation_invariant(model: Any, x: np.ndarray, axis: int = 1, expected: bool = True) -> Observations:
    """Permuting the input along `axis` leaves the outputs as they are. With `expected=False` it doesn't."""
    yield _permuted(model, x, axis, expected, along=False)


def _permuted(model: Any, x: np.ndarray, axis: int, expected: bool, along: bool) -> Observation:
    x = rows(np.asarray(x))
    steady(model, x)
    exact, rng = numbers.tolerance(compute_dtype(model)), seeds.rng("permuted")
    off = varied = 0.0
    for arrays in redraws(model, "permuted", 2):
        order = np.roll(np.arange(x.shape[axis]), rng.integers(1, x.shape[axis]))
        order[:2] = order[1::-1]  # a rotation alone would be let pass by a circular convolution
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
    holding, failing = ("the outputs follow", "don't just follow") if along else ("the outputs stay", "change")
    failing = f"the outputs {failing}" + (f", up to {off:.0%} off" if np.isfinite(off) else "")
    seen = f"when positions change places, {holding if holds else failing}"
    return Observation(
        about="order of the positions",
        ok=holds == expected and varied,
        seen=seen if varied else "outputs that don't depend on the input",
        expected=f"when positions change places, {holding}" + ("" if expected else " no longer"),
        why="What has no order must not be judged by the order it happens to come in."
        if expected
        else "Without positions, attention sees a set: nothing tells first from last.",
        next="Something tells positions apart: an embedding of positions, a recurrent layer, a flatten?"
        if expected
        else "Add what tells positions apart to the inputs, as an embedding of 0, 1, 2, …",
    )
