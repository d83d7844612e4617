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
"""Relative tolerance: ten times the effect of batch normalization's default epsilon (1e-3) on a variance of 1."""

AFTER_THE_SUM: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu of the input": lambda x: np.maximum(x, 0.0),
    "leaky relu of the input": lambda x: np.where(x > 0, x, 0.2 * x),  # `keras.activations.leaky_relu`
    "LeakyReLU of the input": lambda x: np.where(x > 0, x, 0.3 * x),  # the layer has a different default
    "gelu of the input": lambda x: 0.5 * x * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3))),
    "silu of the input": lambda x: x / (1.0 + np.exp(-x)),
    "elu of the input": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0.0))),
}
"""Activations that a residual block may apply after it adds the input and the branch."""


@oracle
def residual(block: Any, x: np.ndarray, projected: bool = True) -> Observations:
    """The block adds its input to the output of a branch: with the branch's weights at zero, it returns its input.

    An activation or normalization after the sum is allowed. So is a linear projection of the input, which different
    sizes require, unless `projected` is False. `x` is an input of floats; the block is called on draws from N(0, 1) of
    the same shape.
    """
    x = seeds.rng("residual").normal(0.0, 1.0, (32, *np.shape(x)[1:])).astype("float32")
    y = single_answer(steady(block, x))
    found = weights(block)
    resting = [_resting(w["array"]) for w in found]
    after = _after_the_sum(block, x, resting)
    kernels = [] if after or not projected else _projections(block, x, found, resting)
    yield Observation(
        about="residual connection",
        ok=bool(after or kernels),
        seen=f"with the branch's weights at zero, {after or 'a linear projection of the input'}"
        if after or kernels
        else f"with the branch's weights at zero, {_what_is_left(x, _under(block, x, resting))}",
        expected="with the branch's weights at zero, the input itself (or its relu or normalization)",
        why="Blocks that start as the identity can be stacked deep: each learns only what to add to its input.",
        next=_residual_advice(x.shape, y.shape),
        stop=True,
    )
    if kernels and _activated_alone(block, x, found, resting, kernels[0]):
        yield Observation(
            about="projection of the input",
            ok=False,
            seen="a projection with an activation, which loses part of the input before the sum",
            expected="a linear projection, with no activation before the sum",
            why="The skip connection has to pass on all of the input.",
            next="Remove the activation from the projection; an activation after the sum is fine.",
            stop=True,
        )
    # Next to a projection, biases alone are not a branch: W x + b is a single layer.
    branch = [k for k, w in enumerate(found) if k not in kernels and (w["array"].ndim > 1 or not kernels)]
    rng = seeds.rng("branch")
    moved = _moves(block, x, resting, [drawn(a, rng) if k in branch else a for k, a in enumerate(resting)])
    yield Observation(
        about="branch with weights",
        ok=moved,
        seen="a branch that changes the output" if moved else "the same output for all weights of a branch",
        expected="a branch with weights that changes the output",
        why="Without a branch the block has nothing to learn.",
        next="Add the output of the branch to the input: `keras.layers.Add()([x, branch])`.",
    )


def _under(block: Any, x: np.ndarray, arrays: list[np.ndarray]) -> np.ndarray:
    return single_answer(only_numbers(answers(block, [x], arrays)[0])).astype("float64")


def _resting(array: np.ndarray) -> np.ndarray:
    """The value at which the branch adds nothing: zero, or one for a weight that scales a normalization."""
    return np.full_like(array, scales(array) if array.ndim < 2 else 0.0)


def _moves(block: Any, x: np.ndarray, before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    return numbers.gap(_under(block, x, after), _under(block, x, before)) > MOVED


def _after_the_sum(block: Any, x: np.ndarray, resting: list[np.ndarray]) -> str:
    """The output of a block whose branch adds nothing, in words; empty if it isn't the input or a function of it."""
    y, wide = _under(block, x, resting), x.astype("float64")
    close = max(NORMALISED, numbers.tolerance(compute_dtype(block)))
    if y.shape != x.shape:
        return ""
    if numbers.gap(y, wide) <= close:
        return "the input itself"
    far = _under(block, 10 * x, resting)  # rows with a variance so large that an epsilon doesn't matter
    centred = wide - wide.mean(axis=-1, keepdims=True)
    for norm in (wide / np.sqrt(np.mean(wide**2, axis=-1, keepdims=True)), centred / centred.std(-1, keepdims=True)):
        if numbers.gap(far, norm) <= close:
            return "a normalization of the input"
    for words, function in AFTER_THE_SUM.items():
        if numbers.gap(y, function(wide)) <= close and _adds(block, x, function, resting, close):
            return words
    return ""


def _adds(block: Any, x: np.ndarray, function: Callable, resting: list[np.ndarray], close: float) -> bool:
    """Whether the activation follows a sum: with biases in the branch, the output is the activation of a shifted input.

    A maximum of input and branch looks like relu while the branch is zero.
    """
    x = 10 * x
    offsets = [np.full_like(a, 5.0) if a.ndim == 1 and not a.any() else a for a in resting]
    before, after = (_under(block, x, arrays) for arrays in (resting, offsets))
    shift = np.where(x > 5.0, after - before, np.nan).reshape(-1, x.shape[-1])  # every activation is the identity there
    seen = np.isfinite(shift).any(axis=0)
    middle = np.nanmedian(shift[:, seen], axis=0)
    return numbers.gap(after[..., seen], function(x[..., seen] + middle)) <= close


def _projections(block: Any, x: np.ndarray, found: list[dict], resting: list[np.ndarray]) -> list[int]:
    """The kernels that by themselves, with no branch, give a linear map of the input to every feature.

    Empty if some of the input remains without them: then a path leads around them, although not the input itself. An
    activation after the sum is judged by its odd part, f(x) − f(−x), which is linear for relu, gelu and silu.
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
    """Whether an activation acts on the projection and not on the sum: without a branch the block isn't linear, and a
    bias of the branch reaches the output unchanged."""
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
        return "the same output for all inputs"
    if y.shape == x.shape:
        factor = float((y * x).sum() / (x * x).sum())
        return f"{factor:.2g} times the input" if numbers.gap(y, factor * x) < 1e-2 else "an output unlike the input"
    return f"an output of shape {y.shape} for an input of shape {x.shape}"


def _residual_advice(before: tuple, after: tuple) -> str:
    if before[:-1] == after[:-1] and after[-1] > before[-1]:
        return "Add the branch instead of concatenating it: `keras.layers.Add()([x, branch])`."
    if before != after:
        return "Project the input with a layer of its own (1×1, no activation) where the sizes differ, then add."
    return (
        "Keep the input and add it at the end: `keras.layers.Add()([x, branch])`. Project it only if the sizes differ."
    )


@oracle
def skips(model: Any, x: Any) -> Observations:
    """Some path from the input to the outputs bypasses a layer: with that layer's weights at zero, the outputs still
    depend on the input. This holds for a U-Net, a residual net and merged branches, but not for a plain chain."""
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
        about="skip connection",
        ok=bool(around),
        seen=f"connections that bypass {len(around)} of {len(kernels)} layers",
        expected="a connection that bypasses at least one layer",
        why="The narrow part of the model loses positions and details; a skip connection restores them.",
        next="Merge an earlier tensor with a later one: `keras.layers.Concatenate()([early, late])`.",
    )


@oracle
def reaches_and_skips(
    model: Any, x: np.ndarray, reach: int, scales: int, at_most: int | None = None, layers: int | None = None
) -> Observations:
    """The model processes images at coarser scales, with a skip connection around each of them, as in a U-Net.

    A change of the middle pixel affects at least `reach` pixels of the output, for images of the shape of `x`, and at
    most `at_most`, if given (use larger images then). With the kernel of one layer at zero the change spreads less far,
    through the remaining skip connections: over `scales` different distances.

    With `layers` given, two more properties are checked. Images are halved in size `scales` times: shifting an image by
    half of 2 to the power of `scales` does more than shift the output. And at least `layers` layers are on the longest
    path: without any of them a change spreads less far.
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
        about="reach of a pixel",
        ok=whole >= reach and near,
        seen=f"an effect on {whole} pixels",
        expected=f"an effect on {reach} pixels or more"
        if at_most is None
        else f"an effect on {reach} to {at_most} pixels",
        why="At a coarse scale a small filter covers a large part of the image: that is the purpose of downsampling.",
        next="Make the image smaller (by pooling or strides) before you make it larger again."
        if near
        else "Check the size of the filters: `Conv2D(filters, 3)` takes the number of filters first, then their size.",
        stop=True,
    )
    left = _shorter(cut, whole)
    yield Observation(
        about="skip connections",
        ok=len(left) >= scales,
        seen=f"skip connections at {len(left)} scale{'s' * (len(left) != 1)}" if left else "no skip connection",
        expected=f"a skip connection at each of {scales} scales",
        why="Downsampling loses the positions of things in the image; a skip connection restores them.",
        next="After each upsampling, merge with the tensor of the same size from before the downsampling: "
        "`keras.layers.Concatenate()([up, early])`.",
        stop=True,
    )
    if layers is None:
        return
    size = 2**scales
    flat = _moves_along(model, x, size // 2, whole)
    yield Observation(
        about="downsampling",
        ok=not flat,
        seen=f"less than to 1/{size} of the size" if flat else f"to 1/{size} of the size",
        expected=f"to 1/{size} of the size",
        why="At the coarsest scale a small filter covers a large part of the image.",
        next="Check how often you pool and how often you upsample. Shifting the image by "
        f"{size // 2} pixels only shifts the output, so the size is never divided by {size}.",
        stop=True,
    )
    through = sum(bool(spread < whole) for spread in cut.values())
    yield Observation(
        about="longest path",
        ok=through >= layers,
        seen=f"a path through {through} convolution{'s' * (through != 1)}",
        expected=f"a path through {layers} or more",
        why="Each scale builds on the features of the scale before it.",
        next="Pool the output of the convolution before, the same tensor that you keep for the skip connection.",
    )


def _moves_along(model: Any, x: np.ndarray, step: int, whole: int) -> bool:
    """Whether shifting an image by `step` only shifts the output, compared far from the edges; False if the image is
    too small to compare."""
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
