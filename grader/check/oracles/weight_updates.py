"""Oracles on weight updates: frozen weights stay the same to the last bit, the others change."""

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
"""The form in which `queries.weights` returns weights."""

NEGLIGIBLE = 1e-5
"""Share of the largest gradient that counts as 0: rounding leaves that much, for example for a bias before
BatchNormalization."""


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
    """A few training steps of the model, as the student compiled it, update exactly the weights that they should.

    `still` are the values of weights that must stay the same to the last bit, statistics included, and `moving` those
    of weights that must change, both as from `base.get_weights()` for a part of the model. All of them must be in the
    model at the start. Every other weight that has a gradient must change, too. With `at_most`, no `moving` weight may
    change by more than this share of its norm. The model is restored afterwards.
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
    """Call the model once, so that it has weights. If it had all of them before, their values are restored."""
    before = queries.weights(model)
    queries.outputs(model, arrays.rows(x, slice(0, 1)))
    if len(queries.weights(model)) == len(before):
        queries.assign(model, [weight["array"] for weight in before])


def _places(arrays: Sequence[np.ndarray], weights: Weights, preferred: set[int]) -> set[int]:
    """The places of weights that have these values, one for each array; among equal weights, a preferred one."""
    places: set[int] = set()
    for array in arrays:
        same = [i for i, w in enumerate(weights) if i not in places and np.array_equal(w["array"], np.asarray(array))]
        places |= set(sorted(same, key=lambda i: i not in preferred)[:1])
    return places


def _present(part: str, wanted: int, found: int) -> Observation:
    return Observation(
        about=part,
        ok=found == wanted,
        seen=f"{found} of its {wanted} weights in your model"
        if found != wanted
        else "all of its weights in your model",
        expected=f"all {wanted} weights in your model, with their old values",
        why="These numbers hold everything that was learned before.",
        next="Call the model you were given as a layer, and freeze it before you train: a clone or a new model starts "
        "from random weights.",
        stop=True,
    )


def _frozen(moved: Weights, n: int) -> Observation:
    statistics = bool(moved) and all("moving_" in w["path"] for w in moved)
    normalising = bool(moved) and all("batch_normalization" in w["path"] for w in moved)
    return Observation(
        about="frozen weights",
        ok=not moved,
        seen=f"all {n} unchanged" if not moved else f"{len(moved)} of {n} changed by training: {_paths(moved)}",
        expected=f"all {n} unchanged by training, to the last bit",
        why="A part that is updated by mistake loses what it has learned, and no error is raised.",
        next="Freeze the BatchNormalization layers themselves, or call the part with `training=False`: these weights "
        "are statistics."
        if statistics
        else "Set `trainable = False` on each BatchNormalization layer, too. Find these layers by class, not by name."
        if normalising
        else "Set `trainable = False` on the part, then call `compile` (again): a fitted model keeps its old training "
        "function.",
    )


def _tuned(left: Weights, n: int) -> Observation:
    return Observation(
        about="weights to be tuned",
        ok=not left,
        seen=f"all {n} updated" if not left else f"{len(left)} of {n} not updated: {_paths(left)}",
        expected=f"all {n} updated by training",
        why="Fine-tuning adapts the top layers of the pretrained part to the new task.",
        next="Set `trainable = True` on these layers and on the part that contains them, then `compile` again.",
    )


def _little(pairs: list[tuple[dict[str, Any], np.ndarray]], at_most: float) -> Observation:
    shares = [_share(w["array"], after) for w, after in pairs]
    largest = max(shares, default=0.0)
    return Observation(
        about="size of the update",
        ok=largest <= at_most,
        seen=f"up to {largest:.2%} of a weight's norm",
        expected=f"at most {at_most:.2%} of a weight's norm",
        why="Large steps destroy in a few batches what pretraining has learned.",
        next="Compile with a lower learning rate for fine-tuning, such as 1e-5 or 1e-4.",
        measured=Measure(largest, at_most, at_least=False),
    )


def _share(before: np.ndarray, after: np.ndarray) -> float:
    """The change of a weight as a share of its norm; a vector that starts at 0 counts with a norm of √n."""
    size = float(np.linalg.norm(before)) or np.sqrt(before.size)
    return float(np.linalg.norm(after - before)) / size


def _rest(model: Any, x: Arrays, y: Arrays, before: Weights, moved: set[int], others: set[int]) -> Observation:
    """All other weights change: at least one of them, and each that has a gradient."""
    rest = [i for i, w in enumerate(before) if w["trainable"] and i not in others]
    left = [i for i in rest if i not in moved]
    if left and len(left) < len(rest):
        left = [i for i in left if i in _pushed(model, x, y, before)]
    ok = bool(rest) and not left
    return Observation(
        about="the rest of the model",
        ok=ok,
        seen="weights updated by training"
        if ok
        else f"weights not updated: {_paths([before[i] for i in left])}"
        if left
        else "no weights left to train",
        expected="weights updated by training",
        why="A head that isn't trained keeps its random initial weights.",
        next="Check whether these layers are frozen, too, and compile after you set `trainable`.",
    )


def _pushed(model: Any, x: Arrays, y: Arrays, before: Weights) -> set[int]:
    """The places of weights whose gradient is not negligible."""
    found = compiled_models.gradients(model, x, y, training=True)
    largest = [0.0 if g is None else float(np.max(np.abs(g), initial=0.0)) for g in found]
    places = [i for i, w in enumerate(before) if w["trainable"]]
    return {i for i, g in zip(places, largest, strict=True) if g > NEGLIGIBLE * max(largest, default=0.0)}


@oracle
def moves_in_fit(layer: Any, x: np.ndarray, epochs: int = 2) -> Observations:
    """`fit` updates every trainable weight of the layer, in a small model of the grader's. The layer must have been
    called before."""
    before = queries.weights(layer)
    after = moved_in_fit(layer, np.asarray(x), epochs)
    moving = [k for k, w in enumerate(before) if w["trainable"]]
    left = [before[k] for k in moving if np.array_equal(before[k]["array"], after[k])]
    loose = untracked(layer)
    yield Observation(
        about="weights updated by `fit`",
        ok=bool(moving) and not left,
        seen=f"all but {_paths(left)}" if left else "all trainable weights" if moving else "no trainable weights",
        expected="all trainable weights",
        why="`fit` updates exactly those weights that the layer lists as trainable.",
        next=f"Create `self.{loose[0]}` with `self.add_weight(…)`: Keras doesn't track this variable."
        if loose
        else "Use each weight in `call`, in operations that have a gradient: a Python number has none.",
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
    """The student's function, such as an evaluation or a search for a learning rate, leaves every weight of a model of
    the grader's unchanged to the last bit, statistics included. `given` says how it is called (see `run_on`)."""
    found = run_on(function, by_value(model, x, y, batch_size, 1, optimizer, loss, metric), tuple(given))
    pairs = zip(queries.weights(model), found["before"], found["after"], strict=True)
    moved = [weight for weight, before, after in pairs if not np.array_equal(before, after)]
    statistics = bool(moved) and not any(weight["trainable"] for weight in moved)
    yield Observation(
        about="unchanged weights",
        ok=not moved,
        seen="all weights unchanged" if not moved else f"{len(moved)} weights changed: {_paths(moved)}",
        expected="all weights unchanged, to the last bit",
        why="A function that only evaluates a model must not change it.",
        next="Call the model with `training=False`: in training mode its statistics are updated."
        if statistics
        else "Evaluate without a gradient, an optimizer or `fit`. If you have to train for a trial, save "
        "`model.get_weights()` before and restore it with `set_weights`.",
    )


def _paths(weights: Weights) -> str:
    names = [f"`{w['path']}`" for w in weights[:3]]
    return ", ".join(names) + (", …" if len(weights) > 3 else "")
