"""Oracles on a model's head: its range, and whether the loss fits it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from grader.check.core import seeds
from grader.check.core.arrays import Arrays
from grader.check.core.register import Observations, oracle
from grader.check.measure.head_outputs import Head, head_of, output_units, probabilities, take_rows, the_output
from grader.check.oracles.interface import output_shape
from grader.check.oracles.values import is_model, is_pair
from grader.check.remote import compiled_models, queries
from grader.check.remote.compiled_models import kept_from_training
from grader.verdict import Observation, StudentError

LOSS_TOLERANCE = 2e-3
"""Relative tolerance: allows for float32 sums, and for probabilities that Keras clips at 1e-7."""


@oracle
def head_range(model: Any, x: Arrays, kind: str, output: str | int | None = None) -> Observations:
    """The head can produce what the problem needs: any number (regression), probabilities or logits.

    Tested under random weights, on inputs shaped like the rows `x`. Regression needs outputs that grow without bound
    in both directions. Classification needs probabilities or logits that can come close to certainty.
    """
    head = head_of(model, x, kind, output)
    if kind == "regression":
        yield Observation(
            about="range of the head",
            ok=head.up and head.down,
            seen="any number, positive or negative" if head.up and head.down else _bounded(head),
            expected="outputs that can be any number, positive or negative",
            why="A measured value has no known upper or lower limit; an activation on the head imposes one.",
            next="Use no activation on the last layer; scaling its outputs afterward only moves the limit.",
        )
        return
    ok = head.means_classes
    yield Observation(
        about="range of the head",
        ok=ok,
        seen=head.meaning if ok else head.seen,
        expected="probabilities (each between 0 and 1, each row adding up to 1) or logits (any number) "
        "that can come close to certainty",
        why="The loss interprets the outputs as probabilities or logits; the model can't be trained well if they are "
        "neither, or if the probabilities can't come near 0 and 1.",
        next=_head_advice(head, output_units(model, x, output)),
    )


def _bounded(head: Head) -> str:
    limits = "an upper limit" if head.down else "a lower limit" if head.up else "an upper and a lower limit"
    return f"outputs with {limits}, however large the weights: {head.seen}"


def _head_advice(head: Head, units: int) -> str:
    if head.meaning == "squeezed":
        return (
            "Check whether there are two activations, one after the other. The first one squeezes the values into a "
            "narrow range, and the second one turns them into nearly equal probabilities. Keep only the last one."
        )
    if units == 1:
        return (
            "With one unit, use `sigmoid` (softmax over a single unit is always 1), or no activation and "
            "`from_logits=True` in the loss."
        )
    return "Use `softmax` over the classes, or no activation and `from_logits=True` in the loss."


@oracle
def loss_fits_head(
    model: Any, x: Arrays, kind: str, loss: Any = None, targets: tuple[str, ...] = ("integer",)
) -> Observations:
    """The loss is the negative log-likelihood of the probabilities that the head's outputs represent.

    For regression, the loss is zero for a perfect prediction and grows with the error in both directions. `loss` is
    the loss to be passed to `compile`; without it, the oracle uses the loss that the student compiled the model with.
    `targets` are the forms of label to try, "integer" and "one-hot"; it is enough if one of them agrees. Outputs that
    are neither probabilities nor logits get the observation of `head_range`.
    """
    found = queries.outputs(model, x)
    if loss is None:
        measure = partial(_compiled_loss, model, x, found)
    else:
        measure = partial(compiled_models.loss_values, loss, output=_output_name(model))
    shape = the_output(found).shape
    if kind == "regression":
        yield _regression_loss(measure, shape)
    elif (head := head_of(model, x, kind)).means_classes:
        yield _classification_loss(measure, shape, head, targets)
    else:
        yield from head_range(model, x, kind)  # outputs that aren't probabilities or logits have no likelihood


Measured = Callable[[list[tuple[np.ndarray, np.ndarray]]], list[float]]
"""Returns the loss of each pair (targets, predictions)."""


def _compiled_loss(model: Any, x: Arrays, found: Arrays, pairs: list[tuple[np.ndarray, np.ndarray]]) -> list[float]:
    """The compiled model's loss of each pair; predictions are passed in the structure that the model returns."""

    def as_returned(predicted: np.ndarray) -> Arrays:
        if isinstance(found, dict):
            return dict.fromkeys(found, predicted)
        return [predicted] if isinstance(found, list) else predicted

    return [compiled_models.loss_of(model, x, y, as_returned(predicted)) for y, predicted in pairs]


def _output_name(model: Any) -> str | None:
    signature = queries.signature(model)
    return signature["outputs"]["names"][0] if signature else None


@oracle
def all_can_learn(model: Any) -> Observations:
    """No layer of the model is frozen, so that training updates all its weights. The model must have been called."""
    frozen = kept_from_training(model)
    yield Observation(
        about="trainable layers",
        ok=not frozen,
        seen="frozen layers: " + ", ".join(f"`{path}`" for path in frozen[:3]) if frozen else "no frozen layers",
        expected="no frozen layers",
        why="A frozen layer keeps its random initial weights.",
        next="Remove `trainable=False`: it is meant for layers that are already trained.",
    )


@oracle
def head_and_loss(answer: Any, x: Arrays, kind: str, classes: int = 1) -> Observations:
    """`answer` is a model and a loss for it: the head has the right size and range, and the loss matches it.

    `kind` is "regression", "binary" or "multiclass". Two classes need one unit or two.
    """
    yield from is_pair(answer, "model", "loss")
    model, loss = queries.members(answer)
    yield from is_model(model)
    units = classes if kind == "multiclass" else 1
    if kind == "binary" and _has_two_units(model, x):
        units = 2
    yield from output_shape(model, x, units)
    yield from head_range(model, x, kind)
    yield from all_can_learn(model)
    if loss is None:
        advice = _REGRESSION if kind == "regression" else "See the table *Heads and losses*."
        yield _loss_observation(False, "`None` as the loss", "a loss", "Training needs a loss to minimize.", advice)
    elif kind == "regression" or head_of(model, x, kind).means_classes:
        yield from loss_fits_head(model, take_rows(x, slice(64)), kind, loss)


def _has_two_units(model: Any, x: Arrays) -> bool:
    found = queries.outputs(model, take_rows(x, slice(7)))
    return isinstance(found, np.ndarray) and found.shape == (7, 2)


def _loss_observation(ok: bool, seen: str, expected: str, why: str = "", next: str = "") -> Observation:
    return Observation("match of loss and head", ok, seen, expected, why, next)


def _regression_loss(measure: Measured, shape: tuple[int, ...]) -> Observation:
    spread = seeds.rng("predicted").normal(0, 1, shape).astype("float32")
    try:
        somewhere = [_losses_around(measure, predicted) for predicted in (spread, spread * 0 - 5)]
    except StudentError as error:
        return _loss_observation(
            False,
            f"the loss raises {str(error).splitlines()[0]}",
            "a loss for real-valued targets",
            _REGRESSION_WHY,
            error.hint or _REGRESSION,
        )
    losses = next((found for found in somewhere if not _measures_error(found)), None)
    ok = losses is None
    losses = losses or somewhere[0]
    shown = ", ".join(f"{loss:.3g}" for loss in losses)
    return _loss_observation(
        ok,
        "0 for a perfect prediction, more for a worse one" if ok else f"losses {shown} for errors of -2, -1, 0, 1, 2",
        "0 for a perfect prediction, and more for a larger error in either direction",
        _REGRESSION_WHY,
        "Check whether your loss subtracts shape (N,) from shape (N, 1): the result has the shape (N, N)."
        if losses[2] > 1e-6 and abs(losses[0] - losses[4]) < 0.1 * losses[0]
        else _REGRESSION,
    )


_REGRESSION_WHY = "A regression loss depends on the size of the error, not on the value of the target."

_REGRESSION = "Use `mean_squared_error`, `mean_absolute_error` or `Huber`."


def _losses_around(measure: Measured, predicted: np.ndarray) -> list[float]:
    """The losses for targets at distances of -2, -1, 0, 1 and 2 from the predictions."""
    y = predicted.reshape(len(predicted), -1)
    y = y[:, 0] if y.shape[1] == 1 else y
    return measure([(y + step, predicted) for step in (-2.0, -1.0, 0.0, 1.0, 2.0)])


def _measures_error(losses: list[float]) -> bool:
    far_left, left, none, right, far_right = losses
    return abs(none) < 1e-6 and far_left > left > 1e-3 and far_right > right > 1e-3


def _classification_loss(
    measure: Measured, shape: tuple[int, ...], head: Head, targets: tuple[str, ...]
) -> Observation:
    predicted = _made_up_predictions(shape, head.meaning)
    values = predicted.reshape(len(predicted), -1).astype("float64")
    wanted = probabilities(values, head.logits)
    y = seeds.rng("labels").integers(0, wanted.shape[1], len(predicted))
    expected = -np.mean(np.log(wanted[np.arange(len(y)), y]))
    found: list[float] = []
    errors: list[StudentError] = []
    for form in targets:
        try:
            found += measure([(_as_targets(y, wanted.shape[1], form), predicted)])
        except StudentError as error:
            errors.append(error)
    ok = any(abs(value - expected) <= LOSS_TOLERANCE * max(1.0, expected) for value in found)
    hint = next((error.hint for error in errors if error.hint), "")
    return _loss_observation(
        ok,
        f"the cross-entropy of the {head.meaning} that the head returns" if ok else _seen_loss(found, errors, expected),
        f"{expected:.4f}, the cross-entropy of these predictions",
        "With a different loss, training doesn't maximize the probability of the right class.",
        "" if ok else hint or _loss_advice(values, y, head.meaning, found),
    )


def _made_up_predictions(shape: tuple[int, ...], meaning: str) -> np.ndarray:
    """Predictions far from 0 and 1, of the shape and meaning that the head returns.

    The loss depends on the predictions alone. A new model's own predictions for unscaled rows may be saturated, and
    saturated predictions don't show which loss it is.
    """
    logits = seeds.rng("predicted").normal(0, 1.2, shape)
    if meaning == "logits":
        return logits.astype("float32")
    if len(shape) == 1 or shape[1] == 1:
        return (1 / (1 + np.exp(-logits))).astype("float32")
    return probabilities(logits, logits=True).astype("float32")


def _as_targets(y: np.ndarray, classes: int, form: str) -> np.ndarray:
    if form == "integer":
        return y
    return np.eye(classes, dtype="float32")[y]


def _seen_loss(found: list[float], errors: list[StudentError], expected: float) -> str:
    if not found:
        return f"the loss raises {str(errors[0]).splitlines()[0]}"
    return f"a loss of {min(found, key=lambda value: abs(value - expected)):.4f}"


def _loss_advice(values: np.ndarray, y: np.ndarray, meaning: str, found: list[float]) -> str:
    """The most likely mistake, judging by the value of the loss."""
    one_unit = values.shape[1] == 1
    name = "BinaryCrossentropy" if one_unit else "SparseCategoricalCrossentropy"
    if meaning == "logits":
        return f"The head returns logits: use `keras.losses.{name}(from_logits=True)`."
    if meaning == "probabilities" and found:
        twice = probabilities(values, logits=True)
        doubled = -np.mean(np.log(twice[np.arange(len(y)), y]))
        if abs(found[0] - doubled) <= 1e-2 * max(1.0, doubled):
            return "The head already returns probabilities: remove `from_logits=True`, or remove the activation."
    if one_unit:
        return "Use `binary_crossentropy` for two classes and one unit."
    return "Use `sparse_categorical_crossentropy` for integer labels; `categorical_crossentropy` expects one-hot rows."
