"""Oracles on how parts make up a whole: composition, a bottleneck, twin towers, residual and skip connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from grader.check import asking, numbers, probe
from grader.check.interface import called, keyed, names_are
from grader.check.perturbing import (
    MOVED,
    Answer,
    answers,
    answers_with,
    changes,
    compute_dtype,
    drawn,
    each,
    finite,
    flat,
    largest,
    named,
    only_numbers,
    oracle,
    other,
    quietly,
    redraws,
    rows,
    scales,
    steady,
    weights,
)
from grader.check.structure import common_weights
from grader.check.verb import verb
from grader.verdict import Observation

Observations = Iterator[Observation]


# ---- a whole of parts


@oracle
def composed(model: Any, parts: Sequence[Any], x: Any) -> Observations:
    """`model` is its `parts` one after the other, with the same weights: last(… first(x)) = model(x).

    Looked at as the weights are, and again after those of `model` were redrawn: parts that are copies, or a way
    around them, give themselves away.
    """
    x = rows(x)
    now = steady(model, x)
    exact = numbers.tolerance(compute_dtype(model))
    apart = largest(changes(_through(parts, x), now))
    with asking.restored_weights(model):
        asking.assign(model, next(redraws(model, "composed", 1)) or [])
        then = only_numbers(answers(model, [x])[0])
        later = largest(changes(_through(parts, x), then))
    same = apart <= exact
    yield Observation(
        about="the parts make up the whole",
        ok=same and later <= exact,
        seen="the same outputs, whatever the weights"
        if same and later <= exact
        else "equal now, but not when the weights change: the parts are copies"
        if same
        else f"outputs that differ by up to {apart:.0%}",
        expected="the parts in turn to give what the whole gives",
        why="Training the whole has to train the parts: they are used by themselves afterwards.",
        next="Build the whole by calling the parts on each other's outputs: `decoder(encoder(inputs))`."
        if not same
        else "Use the same layer objects in the parts and in the whole.",
    )


def _through(parts: Sequence[Any], x: Any) -> Answer:
    for part in parts:
        answer = only_numbers(answers(part, [x])[0])
        x = next(iter(answer.values())) if len(answer) == 1 else _structure(answer)
    return answer


def _structure(answer: Answer) -> Any:
    return dict(answer) if all(isinstance(key, str) for key in answer) else list(answer.values())


@verb
def jacobian_products(model: Any, x: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The gradient of Σ outputs · `directions` for each row of `x`: (rows, numbers in a row of x)."""
    import keras
    import tensorflow as tf

    inputs = tf.convert_to_tensor(x)
    with quietly(), tf.GradientTape() as tape:
        tape.watch(inputs)
        found = [keras.ops.cast(part, "float32") for part in keras.tree.flatten(model(inputs, training=False))]
        found = keras.ops.concatenate([keras.ops.reshape(part, (len(x), -1)) for part in found], axis=1)
        total = keras.ops.sum(found * keras.ops.convert_to_tensor(directions.astype("float32")))
    slope = tape.gradient(total, inputs)
    return np.zeros((len(x), x[0].size)) if slope is None else probe.array(slope).reshape(len(x), -1)


@oracle
def bottleneck(model: Any, x: np.ndarray, size: int) -> Observations:
    """All that the outputs know of the input passes through `size` numbers: the Jacobian's rank is at most that.

    The rank is taken at three places, each under other weights; a path around the code adds to it, whatever the
    layers are called. Inputs are floats; so many rows as are needed are made of the first ones of `x`.
    """
    x = rows(np.asarray(x, "float32"))
    outputs = flat(steady(model, x)).shape[1]
    negligible = 10 * numbers.tolerance(compute_dtype(model))  # of the largest singular value: what rounding leaves
    ranks = []
    with asking.restored_weights(model):
        for turn, arrays in enumerate(redraws(model, "bottleneck", 3)):
            if arrays is not None:
                asking.assign(model, arrays)
            ranks.append(_rank(model, x[turn], outputs, size + 6, negligible))
    rank = max(ranks)
    yield Observation(
        about="bottleneck",
        ok=0 < rank <= size,
        seen="outputs that don't depend on the input"
        if not rank
        else f"{rank}{' or more' * (rank == size + 6)} numbers pass",
        expected=f"everything to pass through {size} numbers",
        why="With a way around the code the model copies its input and the code learns nothing.",
        next="Does a skip connection lead around the code, or is the code wider than asked for?"
        if rank
        else "Is the input used at all?",
    )


def _rank(model: Any, row: np.ndarray, outputs: int, most: int, negligible: float) -> int:
    """The rank of the outputs' Jacobian at `row`, counted up to `most`, from its products with random directions."""
    directions = probe.rng("bottleneck", outputs).normal(0.0, 1.0, (most, outputs))
    slopes = jacobian_products(model, np.repeat(row[None], most, axis=0), directions)
    values = np.linalg.svd(slopes, compute_uv=False)
    return int(np.sum(values > negligible * values[0])) if values[0] > 0 else 0


@oracle
def symmetric(model: Any, x: Sequence[np.ndarray] | dict[str, np.ndarray]) -> Observations:
    """f(a, b) = f(b, a) whatever the weights, and f reads both. `x` holds the two inputs."""
    x = rows(x)
    steady(model, x)
    a, b = named(x).values()
    swapped, another = _pair(x, b, a), _pair(x, a, other(b, probe.rng("symmetric")))
    exact, off, moved = numbers.tolerance(compute_dtype(model)), 0.0, 0.0
    for arrays in redraws(model, "symmetric", 3):
        here, there, elsewhere = (only_numbers(answer) for answer in answers(model, [x, swapped, another], arrays))
        if finite(here) and finite(there):
            off = max(off, largest(changes(there, here)))
            moved = max(moved, largest(changes(elsewhere, here)))
    yield Observation(
        about="f(a, b) = f(b, a)",
        ok=off <= exact,
        seen="the same both ways" if off <= exact else f"swapping the inputs changes the answer by {off:.0%}",
        expected="the same answer when the two inputs are swapped",
        why="How alike two things are doesn't depend on their order; two towers would learn two languages.",
        next="Call one and the same encoder on both, and merge by something symmetric: |a − b|, a · b, cosine.",
    )
    yield Observation(
        about="both inputs are read",
        ok=moved > MOVED,
        seen="the answer changes with the second input" if moved > MOVED else "the second input changes nothing",
        expected="an answer that depends on both",
        why="A constant is symmetric, too.",
        next="Are both merged, or one of them with itself? And does the head get what was merged?",
    )


def _pair(x: Any, first: np.ndarray, second: np.ndarray) -> Any:
    return dict(zip(x, (first, second), strict=True)) if isinstance(x, dict) else type(x)((first, second))


# ---- residual and skip connections

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
    x = probe.rng("residual").normal(0.0, 1.0, (32, *np.shape(x)[1:])).astype("float32")
    y = _single(steady(block, x))
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
    rng = probe.rng("branch")
    moved = _moves(block, x, resting, [drawn(a, rng) if k in branch else a for k, a in enumerate(resting)])
    yield Observation(
        about="a branch beside the input",
        ok=moved,
        seen="it adds something" if moved else "the input alone, whatever the weights",
        expected="a branch with weights that changes what comes out",
        why="Without a branch there is nothing to learn.",
        next="Add the result of the branch to the input: `keras.layers.Add()([x, branch])`.",
    )


def _single(answer: Answer) -> np.ndarray:
    return next(iter(answer.values()))


def _under(block: Any, x: np.ndarray, arrays: list[np.ndarray]) -> np.ndarray:
    return _single(only_numbers(answers(block, [x], arrays)[0])).astype("float64")


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
    rng, a = probe.rng("projections"), x
    b, close = rng.normal(0.0, 1.0, x.shape).astype("float32"), max(NORMALISED, numbers.tolerance(compute_dtype(block)))
    places = []
    for k in (k for k, weight in enumerate(found) if weight["array"].ndim > 1):
        arrays = [*resting]
        arrays[k] = drawn(resting[k], rng)
        asked = answers(block, [a, -a, b, -b, a + b, -a - b], arrays)
        f = [_single(only_numbers(answer)).astype("float64") for answer in asked]
        at_a, at_b, at_both = f[0] - f[1], f[2] - f[3], f[4] - f[5]
        reached = np.abs(at_both).reshape(-1, at_both.shape[-1]).max(axis=0) > MOVED
        if reached.all() and numbers.gap(at_a + at_b, at_both) <= close:
            places.append(k)
    return places


def _activated_alone(block: Any, x: np.ndarray, found: list[dict], resting: list[np.ndarray], kernel: int) -> bool:
    """Whether an activation acts on the projection and not on the sum: at rest the block isn't linear, and an offset
    from the branch comes out just as it went in."""
    rng, far = probe.rng("activated alone"), np.float32(-20.0)
    arrays = [*resting]
    arrays[kernel] = drawn(resting[kernel], rng)
    other_x = rng.normal(0.0, 1.0, x.shape).astype("float32")
    asked = answers(block, [x, other_x, x + other_x, 0 * x], arrays)
    at_a, at_b, at_both, at_zero = (_single(only_numbers(answer)).astype("float64") for answer in asked)
    if numbers.gap(at_a + at_b, at_both + at_zero) <= NORMALISED:
        return False
    offsets = [k for k, w in enumerate(found) if w["array"].shape == at_a.shape[-1:] and not resting[k].any()]
    moved = answers_with(block, x, arrays, [{k: np.full_like(resting[k], far)} for k in offsets])
    return any(np.allclose(_single(only_numbers(answer)) - at_a, far, atol=0.05) for answer in moved)


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
    found, rng = weights(model), probe.rng("skips")
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


# ---- what is seen of a picture, and by which way

DRAWS = 3
"""Random weights under which a position may stay unmoved before it counts as out of reach."""


@oracle
def sees(model: Any, x: np.ndarray, expected: dict[int, int]) -> Observations:
    """How far around a place the channels of the output look: `{side of the square: how many channels}`.

    Found by changing the pixel in the middle of pictures in the shape of `x`, (n, height, width, channels), and
    looking how far the change spreads in each channel. In which order the channels come doesn't matter.
    """
    x = _pictures(x)
    steady(model, x)
    sides = np.zeros(0, int)
    for arrays in redraws(model, "sees", DRAWS):
        answer = _single(only_numbers(answers(model, [x], arrays)[0]))
        found = _spread(answer)
        sides = np.maximum(sides, found) if sides.shape == found.shape else found
    counts = {int(side): int(np.sum(sides == side)) for side in np.unique(sides)}
    yield Observation(
        about="what the channels look at",
        ok=counts == expected,
        seen=_squares(counts),
        expected=_squares(expected),
        why="Side by side, small and large neighbourhoods answer different questions about the same place.",
        next=_field_advice(counts, expected),
    )


def _pictures(x: Any, pairs: int = 4) -> np.ndarray:
    """Random pictures in the shape of `x`, and after them the same ones with the pixel in the middle changed."""
    rng, shape = probe.rng("pictures"), np.shape(x)[1:]
    first = rng.normal(0.0, 1.0, (pairs, *shape)).astype("float32")
    second = first.copy()
    second[:, shape[0] // 2, shape[1] // 2] += rng.choice([-2.0, 2.0], (pairs, *shape[2:])).astype("float32")
    return np.concatenate([first, second])


def _spread(answer: np.ndarray) -> np.ndarray:
    """For each channel the longer side of the rectangle in which the second half of the batch differs from the first;
    none for what is no batch of pictures."""
    if answer.ndim != 4:
        return np.zeros(0, int)
    values = answer.astype("float64")
    half = len(values) // 2
    gap = np.abs(values[half:] - values[:half]).max(axis=0)
    moved = gap > MOVED * max(float(np.abs(values).max()), 1e-12)
    return np.array([max(_extent(moved[..., k].any(axis=1 - axis)) for axis in (0, 1)) for k in range(moved.shape[-1])])


def _extent(line: np.ndarray) -> int:
    """From the first place that is set to the last."""
    places = np.flatnonzero(line)
    return int(places[-1] - places[0] + 1) if len(places) else 0


def _squares(counts: dict[int, int]) -> str:
    parts = [
        f"{count} channel{'s' * (count != 1)} at {f'{side}×{side} pixels' if side else 'nothing'}"
        for side, count in sorted(counts.items())
    ]
    return ", ".join(parts) or "no picture comes out"


def _field_advice(counts: dict[int, int], expected: dict[int, int]) -> str:
    if set(counts) == set(expected):
        return "Each branch has a number of filters of its own: which one is not the one asked for?"
    if max(counts, default=0) > max(expected):
        return "Which window has each branch, and does it begin at the input? One behind another looks further."
    missing = sorted(set(expected) - set(counts))
    side = missing[0] if missing else max(expected)
    return f"`kernel_size={side}` looks at {side}×{side} pixels. Is there such a branch, and is it merged?"


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
    x = _pictures(x)
    steady(model, x)
    kernels = [k for k, weight in enumerate(weights(model)) if weight["array"].ndim > 1]
    whole, cut = 0, dict.fromkeys(kernels, 0)
    for arrays in redraws(model, "reaches_and_skips", DRAWS) if kernels else ():
        found = answers_with(model, x, arrays, [{}, *({k: np.zeros_like(arrays[k])} for k in kernels)])
        spreads = [max(_spread(_single(only_numbers(answer))), default=0) for answer in found]
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
        here, there = (_single(only_numbers(answer)) for answer in answers(model, [x, moved], arrays))
        here, there = (part[:, far:-far, far:-far] for part in (np.roll(here, step, axis=(1, 2)), there))
        if not here.size:
            return False
        apart = max(apart, numbers.gap(there, here))
    return apart <= numbers.tolerance(compute_dtype(model))


def _shorter(cut: dict[int, int], whole: int) -> set[int]:
    return {spread for spread in cut.values() if 0 < spread < whole}


@oracle
def reads_through(
    model: Any,
    part: Any,
    x: Any,
    output: str | int | None = None,
    name: str = "the shared part",
    not_by: Sequence[Any] = (),
):
    """All that an output knows of the inputs comes by `part`, a layer or model of which `model` shares the weights.

    With the kernels of `part` at zero the output no longer varies with the inputs; with others it does. `output` is
    a name or place, None for all of them. The weights of the parts `not_by` don't change it: it doesn't come by them.
    """
    x = rows(x)
    answer = steady(model, x)
    if isinstance(output, str):
        yield names_are("outputs", list(keyed(model, answer, [output, output])), [output], more=True)
    common = [k for k in common_weights(model, part) if weights(model)[k]["array"].ndim > 1]
    about = name if output is None else f"{called(output, 'output')} and {name}"
    moved = around = 0.0
    another = each(x, lambda array: other(array, probe.rng("reads_through")))
    for arrays in redraws(model, "reads_through", 3) if common else ():
        cut = [{}, {k: np.zeros_like(arrays[k]) for k in common}]
        here, there = (answers_with(model, one, arrays, cut) for one in (x, another))
        if all(finite(only_numbers(answer)) for answer in (*here, *there)):
            gaps = [_gap_of(model, a, b, output) for a, b in zip(here, there, strict=True)]
            moved, around = max(moved, gaps[0]), max(around, gaps[1])
    ok = bool(common) and moved > MOVED and around <= MOVED
    yield Observation(
        about=about,
        ok=ok,
        seen="everything comes by it"
        if ok
        else "none of its weights is in the model"
        if not common
        else "with it cut, the answer still varies with the inputs"
        if around > MOVED
        else "the answer doesn't vary with the inputs",
        expected=f"an answer that depends on the inputs by way of {name} alone",
        why="What was learned there is used again; anything beside it would have to be learned anew.",
        next=f"Begin at the output of {name}, the one there is: no new layer on the inputs, no copy, no second one."
        if not common or around > MOVED
        else "Is the new head called on the tensor that comes out of it?",
    )
    for other_part in not_by if ok else ():
        yield _not_by(model, other_part, x, output, name)


def _not_by(model: Any, part: Any, x: Any, output: str | int | None, name: str) -> Observation:
    rng, moved, own = probe.rng("not by"), 0.0, common_weights(model, part)
    for arrays in redraws(model, "not_by", 3) if own else ():
        here, there = answers_with(model, x, arrays, [{}, {k: drawn(arrays[k], rng, 2.0) for k in own}])
        if finite(only_numbers(here)) and finite(only_numbers(there)):
            moved = max(moved, _gap_of(model, here, there, output))
    return Observation(
        about=f"straight from {name}",
        ok=moved <= MOVED,
        seen="nothing lies between but what is new" if moved <= MOVED else "an old head lies between",
        expected=f"what {name} puts out, and nothing that was made of it",
        why="What another head made of it has lost what that head doesn't need.",
        next="On which tensor did you call the new head?",
    )


def _gap_of(model: Any, one: Answer, other_: Answer, output: str | int | None) -> float:
    moved = changes(other_, one)
    if output is None:
        return largest(moved)
    if isinstance(output, int):
        return moved.get(output, 0.0)
    return keyed(model, moved, [output, output]).get(output, 0.0)  # by the outputs' names, even of a single one
