"""Oracles on weight updates: frozen weights stay the same to the last bit, the others move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import arrays
from grader.check.core.arrays import Arrays
from grader.check.core.register import Observations, oracle
from grader.check.oracles.compiled import is_compiled
from grader.check.remote import compiled_models, queries
from grader.check.remote.answers import untracked
from grader.check.remote.fits import moved_by_training
from grader.check.remote.gradients import moved_in_fit
from grader.check.remote.steps import by_value, run_on
from grader.verdict import Measure, Observation

Weights = list[dict[str, Any]]
"""As `queries.weights` returns them."""

NEGLIGIBLE = 1e-5
"""Of the largest gradient: what rounding leaves of one that is 0, as that of a bias before BatchNormalization."""


@oracle
def only_moves(
    model: Any,
    x: Arrays,
    y: Arrays,
    still: Sequence[np.ndarray] = (),
    moving: Sequence[np.ndarray] = (),
    at_most: float | None = None,
    steps: int = 3,
) -> Observations:
    """A few steps of training as the student compiled it move what should move, and nothing else.

    `still` are the values of weights that must stay bitwise as they are, statistics included, and `moving` of
    those that must not: as `base.get_weights()` gives them for a part that was built into the model. Each must be in
    the model to begin with. Of the others, none that has a gradient may stay. With `at_most`, no `moving` weight
    moves by more than this share of its norm. The model is left as it was.
    """
    yield from is_compiled(model)
    _build(model, x)
    before = queries.weights(model)
    after = moved_by_training(model, x, y, steps)
    moved = {i for i, (b, a) in enumerate(zip(before, after, strict=True)) if not np.array_equal(b["array"], a)}
    frozen = _places(still, before, set(range(len(before))) - moved)
    tuned = _places(moving, before, moved)
    if len(still):
        yield _present("the frozen part", len(still), len(frozen))
        yield _frozen([before[i] for i in sorted(frozen & moved)], len(still))
    if len(moving):
        yield _present("the part to be tuned", len(moving), len(tuned))
        yield _tuned([before[i] for i in sorted(tuned - moved)], len(moving))
        if at_most is not None:
            yield _little([(before[i], after[i]) for i in sorted(tuned)], at_most)
    yield _rest(model, x, y, before, moved, frozen | tuned)


def _build(model: Any, x: Arrays) -> None:
    """Call the model once, so that it has weights. One that had them all gets back what the call changed."""
    before = queries.weights(model)
    queries.outputs(model, arrays.rows(x, slice(0, 1)))
    if len(queries.weights(model)) == len(before):
        queries.assign(model, [weight["array"] for weight in before])


def _places(arrays: Sequence[np.ndarray], weights: Weights, preferred: set[int]) -> set[int]:
    """Which weights hold these values, one for each array. Of several that are equal, one that does as it should."""
    places: set[int] = set()
    for array in arrays:
        same = [i for i, w in enumerate(weights) if i not in places and np.array_equal(w["array"], np.asarray(array))]
        places |= set(sorted(same, key=lambda i: i not in preferred)[:1])
    return places


def _present(part: str, wanted: int, found: int) -> Observation:
    return Observation(
        about=part,
        ok=found == wanted,
        seen="in your model, with its weights" if found == wanted else f"{found} of its {wanted} weights are in there",
        expected=f"all {wanted} weights with the values they had",
        why="What was learned before lies in these numbers.",
        next="Call the model you were given as a layer. A clone, or one built anew, starts from random weights; and "
        "what is trained before it is frozen has changed already.",
        stop=True,
    )


def _frozen(moved: Weights, n: int) -> Observation:
    statistics = bool(moved) and all("moving_" in w["path"] for w in moved)
    normalising = bool(moved) and all("batch_normalization" in w["path"] for w in moved)
    return Observation(
        about="frozen weights",
        ok=not moved,
        seen=f"all {n} as they were" if not moved else f"training moves {len(moved)} of {n}: {_paths(moved)}",
        expected="every one of them unchanged after training, to the last bit",
        why="A frozen part that moves forgets what it had learned, and nobody notices.",
        next="These are statistics: freeze the BatchNormalization layers themselves, or call the part with "
        "`training=False`."
        if statistics
        else "A BatchNormalization learns, too: set its `trainable = False`. Ask for its class, not its name."
        if normalising
        else "Set `trainable = False` on the part, then call `compile` (again): a model that was fitted before keeps "
        "its old training function.",
    )


def _tuned(left: Weights, n: int) -> Observation:
    return Observation(
        about="weights to be tuned",
        ok=not left,
        seen=f"all {n} move" if not left else f"{len(left)} of {n} don't: {_paths(left)}",
        expected="training moves every one of them",
        why="Fine-tuning adapts the top of what was learned to the new task.",
        next="Set `trainable = True` on these layers (and on the part that holds them), then `compile` again.",
    )


def _little(pairs: list[tuple[dict[str, Any], np.ndarray]], at_most: float) -> Observation:
    shares = [_share(w["array"], after) for w, after in pairs]
    largest = max(shares, default=0.0)
    return Observation(
        about="how far they move",
        ok=largest <= at_most,
        seen=f"up to {largest:.2%} of their norm",
        expected=f"at most {at_most:.2%}",
        why="Large steps destroy in a few batches what pretraining had learned.",
        next="Compile with a lower learning rate, 1e-5 or 1e-4, for fine-tuning.",
        measured=Measure(largest, at_most, at_least=False),
    )


def _share(before: np.ndarray, after: np.ndarray) -> float:
    """How far a weight moved, as a share of its norm; vectors that begin at 0 count with a norm of √n."""
    size = float(np.linalg.norm(before)) or np.sqrt(before.size)
    return float(np.linalg.norm(after - before)) / size


def _rest(model: Any, x: Arrays, y: Arrays, before: Weights, moved: set[int], others: set[int]) -> Observation:
    """Everything else moves: at least one weight, and each that has a gradient."""
    rest = [i for i, w in enumerate(before) if w["trainable"] and i not in others]
    left = [i for i in rest if i not in moved]
    if left and len(left) < len(rest):
        left = [i for i in left if i in _pushed(model, x, y, before)]
    ok = bool(rest) and not left
    return Observation(
        about="the rest of the model",
        ok=ok,
        seen="moves" if ok else f"stays: {_paths([before[i] for i in left])}" if left else "nothing is left to train",
        expected="training moves it",
        why="A head that can't learn stays as random as it began.",
        next="Is it frozen as well, or was `trainable` changed after `compile`? Compile last.",
    )


def _pushed(model: Any, x: Arrays, y: Arrays, before: Weights) -> set[int]:
    """Which weights have a gradient worth the name."""
    found = compiled_models.gradients(model, x, y, training=True)
    largest = [0.0 if g is None else float(np.max(np.abs(g), initial=0.0)) for g in found]
    places = [i for i, w in enumerate(before) if w["trainable"]]
    return {i for i, g in zip(places, largest, strict=True) if g > NEGLIGIBLE * max(largest, default=0.0)}


@oracle
def moves_in_fit(layer: Any, x: np.ndarray, epochs: int = 2) -> Observations:
    """`fit` moves every trainable weight of the layer, inside a small model of ours. It must have been called."""
    before = queries.weights(layer)
    after = moved_in_fit(layer, np.asarray(x), epochs)
    moving = [k for k, w in enumerate(before) if w["trainable"]]
    left = [before[k] for k in moving if np.array_equal(before[k]["array"], after[k])]
    loose = untracked(layer)
    yield Observation(
        about="it learns in `fit`",
        ok=bool(moving) and not left,
        seen=f"{_paths(left)} stays as it was" if left else "moves" if moving else "there is nothing that moves",
        expected="`fit` moves each of its trainable weights",
        why="`fit` asks the layer for its trainable weights, and moves these and nothing else.",
        next=f"`self.{loose[0]}` is a variable that Keras doesn't know: make it with `self.add_weight(…)`."
        if loose
        else "Is it used in `call`, and by operations that have a gradient? A Python number has none.",
    )


@oracle
def leaves_weights(
    function: Any,
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    given: Sequence[Any] = ("model", "dataset", "loss"),
    batch_size: int | None = 8,
    optimizer: Any = "sgd",
    loss: Any = "mse",
    metric: Any = None,
) -> Observations:
    """The student's function, an evaluation or a search for a learning rate, leaves every weight of a model of ours
    bitwise as it was, statistics included. `given` says how it is called (`stepping.run_on`)."""
    found = run_on(function, by_value(model, x, y, batch_size, 1, optimizer, loss, metric), tuple(given))
    pairs = zip(queries.weights(model), found["before"], found["after"], strict=True)
    moved = [weight for weight, before, after in pairs if not np.array_equal(before, after)]
    statistics = bool(moved) and not any(weight["trainable"] for weight in moved)
    yield Observation(
        about="weights left alone",
        ok=not moved,
        seen="all as they were" if not moved else f"{len(moved)} of them changed: {_paths(moved)}",
        expected="every weight as it was, to the last bit",
        why="What only looks at a model mustn't change it.",
        next="Call the model with `training=False`: in training mode its statistics move."
        if statistics
        else "An evaluation makes no step: no gradient, no optimizer, no `fit`. What has to train for a trial keeps "
        "`model.get_weights()` and puts it back with `set_weights`.",
    )


def _paths(weights: Weights) -> str:
    names = [f"`{w['path']}`" for w in weights[:3]]
    return ", ".join(names) + (", …" if len(weights) > 3 else "")
