"""Oracles on skip connections: residual blocks, skips over several layers, and skips between scales."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.check.core import numbers, seeds
from grader.check.core.register import Observations, oracle
from grader.check.measure.perturbing import (
    MOVED,
    changes,
    drawn,
    each,
    largest,
    only_numbers,
    other,
    redraws,
    rows,
    scales,
    steady,
)
from grader.check.oracles.composition import DRAWS, random_pictures, single_answer, spread_of_change
from grader.check.remote.answers import answers, answers_with, compute_dtype, weights
from grader.verdict import Observation

NORMALISED = 5e-3
"""Relative: ten times what a batch normalisation's epsilon (1e-3, by Keras' default) makes of a variance of 1."""

AFTER_THE_SUM: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu of the input": lambda x: np.maximum(x, 0.0),
    "leaky relu of the input": lambda x: np.where(x > 0, x, 0.2 * x),  # `keras.activations.leaky_relu`
    "LeakyReLU of the input": lambda x: np.where(x > 0, x, 0.3 * x),  # the layer has another default
    "gelu of the input": lambda x: 0.5 * x * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3))),
    "silu of the input": lambda x: x / (1.0 + np.exp(-x)),
    "elu of the input": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0.0))),
}
"""Activations that a residual block may apply after it has added input and branch."""


@oracle
def residual(block: Any, x: np.ndarray, projected: bool = True) -> Observations:
    """The block adds its input to what a branch makes of it: with the branch's weights zero, the input comes out.

    An activation or a normalisation after the sum is let pass, and, unless `projected` is False, a linear projection
    of the input, as sizes that differ need one. `x` is an input of floats; numbers of N(0, 1) in its shape are put in.
    """
    x = seeds.rng("residual").normal(0.0, 1.0, (32, *np.shape(x)[1:])).astype("float32")
    y = single_answer(steady(block, x))
    found = weights(block)
    resting = [_resting(w["array"]) for w in found]
    after = _after_the_sum(block, x, resting)
    kernels = [] if after or not projected else _projections(block, x, found, resting)
    yield Observation(
        about="residual",
        ok=bool(after or kernels),
        seen=f"with the branch at zero, {after or 'a linear projection of the input'}"
        if after or kernels
        else f"with the branch at zero, {_what_is_left(x, _under(block, x, resting))}",
        expected="with the branch's weights zero, the input itself (or relu or a normalisation of it)",
        why="A block that begins as the identity can be stacked deep: it only has to learn what to add.",
        next=_residual_advice(x.shape, y.shape),
        stop=True,
    )
    if kernels and _activated_alone(block, x, found, resting, kernels[0]):
        yield Observation(
            about="the projection",
            ok=False,
            seen="an activation of its own: part of the input is lost before it is added",
            expected="a linear map of the input, nothing behind it before the sum",
            why="The way around the branch has to hand on all that comes in.",
            next="Give the projection no activation; one after the sum is fine.",
            stop=True,
        )
    # Beside a projection, offsets alone are no branch: W x + b is a single layer.
    branch = [k for k, w in enumerate(found) if k not in kernels and (w["array"].ndim > 1 or not kernels)]
    rng = seeds.rng("branch")
    moved = _moves(block, x, resting, [drawn(a, rng) if k in branch else a for k, a in enumerate(resting)])
    yield Observation(
        about="a branch beside the input",
        ok=moved,
        seen="it adds something" if moved else "the input alone, whatever the weights",
        expected="a branch with weights that changes what comes out",
        why="Without a branch there is nothing to learn.",
        next="Add the result of the branch to the input: `keras.layers.Add()([x, branch])`.",
    )


def _under(block: Any, x: np.ndarray, arrays: list[np.ndarray]) -> np.ndarray:
    return single_answer(only_numbers(answers(block, [x], arrays)[0])).astype("float64")


def _resting(array: np.ndarray) -> np.ndarray:
    """The weight with which a branch adds nothing: zero, or one where it scales a normalisation."""
    return np.full_like(array, scales(array) if array.ndim < 2 else 0.0)


def _moves(block: Any, x: np.ndarray, before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    return numbers.gap(_under(block, x, after), _under(block, x, before)) > MOVED


def _after_the_sum(block: Any, x: np.ndarray, resting: list[np.ndarray]) -> str:
    """What comes out of a block at rest, in words; nothing where it isn't the input."""
    y, wide = _under(block, x, resting), x.astype("float64")
    close = max(NORMALISED, numbers.tolerance(compute_dtype(block)))
    if y.shape != x.shape:
        return ""
    if numbers.gap(y, wide) <= close:
        return "the input itself"
    far = _under(block, 10 * x, resting)  # rows of a variance that no epsilon counts beside
    centred = wide - wide.mean(axis=-1, keepdims=True)
    for norm in (wide / np.sqrt(np.mean(wide**2, axis=-1, keepdims=True)), centred / centred.std(-1, keepdims=True)):
        if numbers.gap(far, norm) <= close:
            return "a normalisation of the input"
    for words, function in AFTER_THE_SUM.items():
        if numbers.gap(y, function(wide)) <= close and _adds(block, x, function, resting, close):
            return words
    return ""


def _adds(block: Any, x: np.ndarray, function: Callable, resting: list[np.ndarray], close: float) -> bool:
    """Whether the activation follows a sum: with offsets in the branch it is that of the input shifted evenly.

    A maximum of input and branch looks like relu while the branch is zero.
    """
    x = 10 * x
    offsets = [np.full_like(a, 5.0) if a.ndim == 1 and not a.any() else a for a in resting]
    before, after = (_under(block, x, arrays) for arrays in (resting, offsets))
    shift = np.where(x > 5.0, after - before, np.nan).reshape(-1, x.shape[-1])  # there each activation is the identity
    seen = np.isfinite(shift).any(axis=0)
    middle = np.nanmedian(shift[:, seen], axis=0)
    return numbers.gap(after[..., seen], function(x[..., seen] + middle)) <= close


def _projections(block: Any, x: np.ndarray, found: list[dict], resting: list[np.ndarray]) -> list[int]:
    """Kernels that alone, with all other weights at rest, give a linear map of the input to every feature.

    None where without them something of the input is left: that is a way around them, and not the input itself.
    Of an activation after the sum the odd part is looked at, f(x) − f(−x): for relu, gelu and silu it is linear.
    """
    if _varies(_under(block, x, resting)):
        return []
    rng, a = seeds.rng("projections"), x
    b, close = rng.normal(0.0, 1.0, x.shape).astype("float32"), max(NORMALISED, numbers.tolerance(compute_dtype(block)))
    places = []
    for k in (k for k, weight in enumerate(found) if weight["array"].ndim > 1):
        arrays = [*resting]
        arrays[k] = drawn(resting[k], rng)
        asked = answers(block, [a, -a, b, -b, a + b, -a - b], arrays)
        f = [single_answer(only_numbers(answer)).astype("float64") for answer in asked]
        at_a, at_b, at_both = f[0] - f[1], f[2] - f[3], f[4] - f[5]
        reached = np.abs(at_both).reshape(-1, at_both.shape[-1]).max(axis=0) > MOVED
        if reached.all() and numbers.gap(at_a + at_b, at_both) <= close:
            places.append(k)
    return places


def _activated_alone(block: Any, x: np.ndarray, found: list[dict], resting: list[np.ndarray], kernel: int) -> bool:
    """Whether an activation acts on the projection and not on the sum: at rest the block isn't linear, and an offset
    from the branch comes out just as it went in."""
    rng, far = seeds.rng("activated alone"), np.float32(-20.0)
    arrays = [*resting]
    arrays[kernel] = drawn(resting[kernel], rng)
    other_x = rng.normal(0.0, 1.0, x.shape).astype("float32")
    asked = answers(block, [x, other_x, x + other_x, 0 * x], arrays)
    at_a, at_b, at_both, at_zero = (single_answer(only_numbers(answer)).astype("float64") for answer in asked)
    if numbers.gap(at_a + at_b, at_both + at_zero) <= NORMALISED:
        return False
    offsets = [k for k, w in enumerate(found) if w["array"].shape == at_a.shape[-1:] and not resting[k].any()]
    moved = answers_with(block, x, arrays, [{k: np.full_like(resting[k], far)} for k in offsets])
    return any(np.allclose(single_answer(only_numbers(answer)) - at_a, far, atol=0.05) for answer in moved)


def _varies(y: np.ndarray) -> bool:
    """Whether the rows differ from one another."""
    return bool(np.ptp(y, axis=0).max(initial=0.0) > MOVED)


def _what_is_left(x: np.ndarray, y: np.ndarray) -> str:
    if not _varies(y):
        return "the same whatever goes in"
    if y.shape == x.shape:
        factor = float((y * x).sum() / (x * x).sum())
        return f"{factor:.2g} times the input" if numbers.gap(y, factor * x) < 1e-2 else "something else than the input"
    return f"shape {y.shape} for an input of shape {x.shape}"


def _residual_advice(before: tuple, after: tuple) -> str:
    if before[:-1] == after[:-1] and after[-1] > before[-1]:
        return "Concatenating makes the features more; a residual connection adds: `keras.layers.Add()([x, branch])`."
    if before != after:
        return "Where the sizes differ, project the input with a layer of its own (1×1, no activation), then add."
    return (
        "Keep the input and add it at the end: `keras.layers.Add()([x, branch])`. "
        "Or do you project although the sizes agree?"
    )


@oracle
def skips(model: Any, x: Any) -> Observations:
    """Some way from the input to the outputs leads around a layer: without that layer's weights they still depend
    on the input. So it is in a U-Net, a residual net and wherever branches merge; not in a plain chain."""
    x = rows(x)
    steady(model, x)
    found, rng = weights(model), seeds.rng("skips")
    kernels = [k for k, weight in enumerate(found) if weight["array"].ndim > 1]
    around, another = set(), each(x, lambda part: other(part, rng))
    for arrays in redraws(model, "skips", 2) if kernels else ():
        cut = [{k: np.zeros_like(arrays[k])} for k in kernels]
        pairs = zip(answers_with(model, x, arrays, cut), answers_with(model, another, arrays, cut), strict=True)
        around |= {k for k, (here, there) in zip(kernels, pairs, strict=True) if largest(changes(there, here)) > MOVED}
        if around:
            break
    yield Observation(
        about="a way around",
        ok=bool(around),
        seen=f"around {len(around)} of {len(kernels)} layers",
        expected="a connection that leads around at least one layer",
        why="What the narrow part drops, position and detail, comes back by the skip.",
        next="Merge an earlier tensor with a later one: `keras.layers.Concatenate()([early, late])`.",
    )


@oracle
def reaches_and_skips(
    model: Any, x: np.ndarray, reach: int, scales: int, at_most: int | None = None, layers: int | None = None
) -> Observations:
    """A picture goes down to coarser scales, and around each of them a skip leads: as in a U-Net.

    A pixel changed in the middle of pictures in the shape of `x` spreads over at least `reach` pixels, and where
    `at_most` is given, with which pictures should be larger, over no more than that. With the kernel of one layer at
    zero it spreads less far, by the skips that are left: over `scales` different distances.

    With `layers` given, too: pictures get smaller by 2 `scales` times, as moving one by half of that changes more than
    the place of the answer; and `layers` layers at least lie on the longest way, without which it doesn't reach as far.
    """
    x = random_pictures(x)
    steady(model, x)
    kernels = [k for k, weight in enumerate(weights(model)) if weight["array"].ndim > 1]
    whole, cut = 0, dict.fromkeys(kernels, 0)
    for arrays in redraws(model, "reaches_and_skips", DRAWS) if kernels else ():
        found = answers_with(model, x, arrays, [{}, *({k: np.zeros_like(arrays[k])} for k in kernels)])
        spreads = [max(spread_of_change(single_answer(only_numbers(answer))), default=0) for answer in found]
        whole = max(whole, spreads[0])
        cut = {k: max(cut[k], spread) for k, spread in zip(kernels, spreads[1:], strict=True)}
        if whole >= reach and len(_shorter(cut, whole)) >= scales:
            break
    near = at_most is None or whole <= at_most
    yield Observation(
        about="how far a pixel reaches",
        ok=whole >= reach and near,
        seen=f"over {whole} pixels",
        expected=f"over {reach} or more" if at_most is None else f"over {reach} to {at_most}",
        why="At a coarse scale a small filter looks at a large part of the picture: that is what the way down is for.",
        next="Is the picture made smaller on the way (pooling, or strides) before it is made larger again?"
        if near
        else "How large is the window? `Conv2D(filters, 3)`: first how many filters, then the side of the window.",
        stop=True,
    )
    left = _shorter(cut, whole)
    yield Observation(
        about="skips",
        ok=len(left) >= scales,
        seen=f"ways around the middle at {len(left)} scale{'s' * (len(left) != 1)}" if left else "no way around it",
        expected=f"a skip at each of {scales} scales",
        why="Making a picture smaller forgets where things are. The skip brings the places back.",
        next="After each step up, merge with the tensor of the same size from the way down: "
        "`keras.layers.Concatenate()([up, early])`.",
        stop=True,
    )
    if layers is None:
        return
    size = 2**scales
    flat = _moves_along(model, x, size // 2, whole)
    yield Observation(
        about="the way down",
        ok=not flat,
        seen=f"not as far as 1/{size} of the size" if flat else f"to 1/{size} of the size",
        expected=f"to 1/{size} of the size",
        why="At the bottom a small window sees a large part of the picture.",
        next=f"Moving the picture by {size // 2} pixels only moves the answer: its size is never divided by {size}. "
        "How often do you pool, and how often go up again?",
        stop=True,
    )
    through = sum(bool(spread < whole) for spread in cut.values())
    yield Observation(
        about="the long way down and up",
        ok=through >= layers,
        seen=f"through {through} convolution{'s' * (through != 1)}",
        expected=f"through {layers} or more",
        why="Each scale works on what the one before it found.",
        next="Does each pooling take what the convolution before it made, the very tensor that you keep?",
    )


def _moves_along(model: Any, x: np.ndarray, step: int, whole: int) -> bool:
    """Whether the answer to a picture that is moved by `step` is the answer, moved: looked at far from the edges,
    where nothing is of pictures that are too small for it."""
    far = whole // 2 + 2 * step
    moved, apart = np.roll(x, step, axis=(1, 2)), 0.0
    for arrays in redraws(model, "moves_along", DRAWS):
        here, there = (single_answer(only_numbers(answer)) for answer in answers(model, [x, moved], arrays))
        here, there = (part[:, far:-far, far:-far] for part in (np.roll(here, step, axis=(1, 2)), there))
        if not here.size:
            return False
        apart = max(apart, numbers.gap(there, here))
    return apart <= numbers.tolerance(compute_dtype(model))


def _shorter(cut: dict[int, int], whole: int) -> set[int]:
    return {spread for spread in cut.values() if 0 < spread < whole}
