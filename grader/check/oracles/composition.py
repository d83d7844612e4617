"""Oracles on how parts make up a whole: composition, a bottleneck, receptive fields, shared paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import numbers, seeds
from grader.check.core.register import Observations, oracle
from grader.check.measure.perturbing import (
    MOVED,
    changes,
    common_weights,
    drawn,
    each,
    finite,
    flat,
    largest,
    only_numbers,
    other,
    redraws,
    rows,
    steady,
)
from grader.check.oracles.interface import called, keyed, names_are
from grader.check.remote import queries
from grader.check.remote.answers import Answer, answers, answers_with, compute_dtype, weights
from grader.check.remote.gradients import jacobian_products
from grader.verdict import Observation


@oracle
def composed(model: Any, parts: Sequence[Any], x: Any) -> Observations:
    """`model` is its `parts` one after the other, with the same weights: last(… first(x)) = model(x).

    Checked with the present weights, and again after those of `model` are redrawn: this reveals parts that are copies,
    and a path around them.
    """
    x = rows(x)
    now = steady(model, x)
    exact = numbers.tolerance(compute_dtype(model))
    apart = largest(changes(_through(parts, x), now))
    with queries.restored_weights(model):
        queries.assign(model, next(redraws(model, "composed", 1)) or [])
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
        expected="the parts in sequence to give the output of the whole",
        why="Training the whole must train the parts, which are used on their own afterwards.",
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


@oracle
def bottleneck(model: Any, x: np.ndarray, size: int) -> Observations:
    """Everything the outputs know of the input passes through `size` numbers: the Jacobian's rank is at most that.

    The rank is taken at three places, each under other weights; a path around the code adds to it, whatever the
    layers are called. Inputs are floats; so many rows as are needed are made of the first ones of `x`.
    """
    x = rows(np.asarray(x, "float32"))
    outputs = flat(steady(model, x)).shape[1]
    negligible = 10 * numbers.tolerance(compute_dtype(model))  # of the largest singular value: what rounding leaves
    ranks = []
    with queries.restored_weights(model):
        for turn, arrays in enumerate(redraws(model, "bottleneck", 3)):
            if arrays is not None:
                queries.assign(model, arrays)
            ranks.append(_rank(model, x[turn], outputs, size + 6, negligible))
    rank = max(ranks)
    yield Observation(
        about="bottleneck",
        ok=0 < rank <= size,
        seen="outputs that do not depend on the input"
        if not rank
        else f"{rank}{' or more' * (rank == size + 6)} numbers pass",
        expected=f"everything to pass through {size} numbers",
        why="With a path around the code, the model copies its input and the code learns nothing.",
        next="Check for a skip connection around the code, and for a code wider than asked for."
        if rank
        else "Check that the input is used at all.",
    )


def _rank(model: Any, row: np.ndarray, outputs: int, most: int, negligible: float) -> int:
    """The rank of the outputs' Jacobian at `row`, counted up to `most`, from its products with random directions."""
    directions = seeds.rng("bottleneck", outputs).normal(0.0, 1.0, (most, outputs))
    slopes = jacobian_products(model, np.repeat(row[None], most, axis=0), directions)
    values = np.linalg.svd(slopes, compute_uv=False)
    return int(np.sum(values > negligible * values[0])) if values[0] > 0 else 0


def single_answer(answer: Answer) -> np.ndarray:
    return next(iter(answer.values()))


DRAWS = 3
"""Random weights under which a position may stay unmoved before it counts as out of reach."""


@oracle
def sees(model: Any, x: np.ndarray, expected: dict[int, int]) -> Observations:
    """How far around a place the channels of the output look: `{side of the square: how many channels}`.

    Found by changing the pixel in the middle of pictures in the shape of `x`, (n, height, width, channels), and
    looking how far the change spreads in each channel. In which order the channels come doesn't matter.
    """
    x = random_pictures(x)
    steady(model, x)
    sides = np.zeros(0, int)
    for arrays in redraws(model, "sees", DRAWS):
        answer = single_answer(only_numbers(answers(model, [x], arrays)[0]))
        found = spread_of_change(answer)
        sides = np.maximum(sides, found) if sides.shape == found.shape else found
    counts = {int(side): int(np.sum(sides == side)) for side in np.unique(sides)}
    yield Observation(
        about="receptive fields of the channels",
        ok=counts == expected,
        seen=_squares(counts),
        expected=_squares(expected),
        why="Small and large neighborhoods, next to each other, answer different questions about the same place.",
        next=_field_advice(counts, expected),
    )


def random_pictures(x: Any, pairs: int = 4) -> np.ndarray:
    """Random images in the shape of `x`, and after them the same ones with the pixel in the middle changed."""
    rng, shape = seeds.rng("pictures"), np.shape(x)[1:]
    first = rng.normal(0.0, 1.0, (pairs, *shape)).astype("float32")
    second = first.copy()
    second[:, shape[0] // 2, shape[1] // 2] += rng.choice([-2.0, 2.0], (pairs, *shape[2:])).astype("float32")
    return np.concatenate([first, second])


def spread_of_change(answer: np.ndarray) -> np.ndarray:
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
    return ", ".join(parts) or "the output is not an image"


def _field_advice(counts: dict[int, int], expected: dict[int, int]) -> str:
    if set(counts) == set(expected):
        return "Each branch has its own number of filters. Compare each with the number asked for."
    if max(counts, default=0) > max(expected):
        return (
            "Compare the window of each branch with the one asked for, and start each branch at the "
            "input: one after another sees further."
        )
    missing = sorted(set(expected) - set(counts))
    side = missing[0] if missing else max(expected)
    return (
        f"`kernel_size={side}` looks at {side}×{side} pixels. Check that there is such a branch and that it is merged."
    )


@oracle
def reads_through(
    model: Any,
    part: Any,
    x: Any,
    output: str | int | None = None,
    name: str = "the shared part",
    not_by: Sequence[Any] = (),
) -> Observations:
    """Everything an output knows of the inputs comes through `part`, a layer or model whose weights `model` shares.

    With the kernels of `part` at zero the output no longer varies with the inputs; with others it does. `output` is
    a name or place, None for all of them. The weights of the parts `not_by` do not change it.
    """
    x = rows(x)
    answer = steady(model, x)
    if isinstance(output, str):
        yield names_are("outputs", list(keyed(model, answer, [output, output])), [output], more=True)
    common = [k for k in common_weights(model, part) if weights(model)[k]["array"].ndim > 1]
    about = name if output is None else f"{called(output, 'output')} and {name}"
    moved = around = 0.0
    another = each(x, lambda array: other(array, seeds.rng("reads_through")))
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
        seen="everything passes through it"
        if ok
        else "none of its weights are in the model"
        if not common
        else "the output still varies with the inputs when this part is cut"
        if around > MOVED
        else "the output does not vary with the inputs",
        expected=f"an output that depends on the inputs through {name} alone",
        why="What was learned there is reused; anything outside it would have to be learned from scratch.",
        next=f"Start at the output of the existing {name}: no new layer on the inputs, no copy, no second one."
        if not common or around > MOVED
        else "Call the new head on the tensor that comes out of it.",
    )
    for other_part in not_by if ok else ():
        yield _not_by(model, other_part, x, output, name)


def _not_by(model: Any, part: Any, x: Any, output: str | int | None, name: str) -> Observation:
    rng, moved, own = seeds.rng("not by"), 0.0, common_weights(model, part)
    for arrays in redraws(model, "not_by", 3) if own else ():
        here, there = answers_with(model, x, arrays, [{}, {k: drawn(arrays[k], rng, 2.0) for k in own}])
        if finite(only_numbers(here)) and finite(only_numbers(there)):
            moved = max(moved, _gap_of(model, here, there, output))
    return Observation(
        about=f"straight from {name}",
        ok=moved <= MOVED,
        seen="only new layers in between" if moved <= MOVED else "an existing head in between",
        expected=f"the output of {name} itself, not something computed from it",
        why="Another head keeps only what that head needs.",
        next="Check on which tensor you call the new head.",
    )


def _gap_of(model: Any, one: Answer, other_: Answer, output: str | int | None) -> float:
    moved = changes(other_, one)
    if output is None:
        return largest(moved)
    if isinstance(output, int):
        return moved.get(output, 0.0)
    return keyed(model, moved, [output, output]).get(output, 0.0)  # by the outputs' names, even of a single one
