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
"""Relative: float32 sums, and Keras' clipping of probabilities at 1e-7."""


@oracle
def head_range(model: Any, x: Arrays, kind: str, output: str | int | None = None) -> Observations:
    """The head can produce what the problem needs: any number (regression), probabilities or logits.

    Seen under random weights and inputs shaped like the rows `x`. A measurement needs outputs that grow without
    bound on both sides; classes need probabilities, or logits, that can come close to certainty.
    """
    head = head_of(model, x, kind, output)
    if kind == "regression":
        yield Observation(
            about="range of the head",
            ok=head.up and head.down,
            seen="any number, positive or negative" if head.up and head.down else _bounded(head),
            expected="outputs that can be any number, negative ones too",
            why="A measured value has no ceiling or floor that you know of; an activation on the head adds one.",
            next="Leave the last layer without an activation: scaling its outputs afterwards moves the limit, no more.",
        )
        return
    ok = head.means_classes
    yield Observation(
        about="range of the head",
        ok=ok,
        seen=head.meaning if ok else head.seen,
        expected="probabilities (each between 0 and 1, a row adding up to 1) or logits (any number), "
        "and room to be certain",
        why="The loss reads the outputs as one or the other; what it cannot interpret, or what can't come near 0 "
        "and 1, it cannot train well.",
        next=_head_advice(head, output_units(model, x, output)),
    )


def _bounded(head: Head) -> str:
    side = "above" if head.down else "below" if head.up else "above and below"
    return f"a limit {side}, however large the weights: {head.seen}"


def _head_advice(head: Head, units: int) -> str:
    if head.meaning == "squeezed":
        return (
            "Two activations, one after the other? The last one gets numbers that the one before has already squeezed, "
            "and makes nearly equal probabilities of them. Keep the last one only."
        )
    if units == 1:
        return "With one unit use `sigmoid` (softmax over a single unit is always 1), or no activation and logits."
    return "Use `softmax` over the classes, or no activation and `from_logits=True` in the loss."


@oracle
def loss_fits_head(
    model: Any, x: Arrays, kind: str, loss: Any = None, targets: tuple[str, ...] = ("integer",)
) -> Observations:
    """The loss is the negative log-likelihood of the probabilities that the head means.

    For regression: zero for a perfect prediction and growing with the error on either side. `loss` is what will be
    given to `compile`; without it the model is taken as the student compiled it. `targets` are the forms of label
    that may be tried, "integer" and "one-hot"; one that agrees is enough. Outputs that are neither probabilities nor
    logits are refused as `head_range` refuses them.
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
        yield from head_range(model, x, kind)  # outputs without a meaning have no likelihood


Measured = Callable[[list[tuple[np.ndarray, np.ndarray]]], list[float]]
"""The losses of some (targets, predictions)."""


def _compiled_loss(model: Any, x: Arrays, found: Arrays, pairs: list[tuple[np.ndarray, np.ndarray]]) -> list[float]:
    """What the compiled model makes of them; predictions are handed over in the structure that it returns."""

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
    """No layer of the model, which was called before, is frozen: training moves all weights that it can."""
    frozen = kept_from_training(model)
    yield Observation(
        about="layers that can learn",
        ok=not frozen,
        seen="frozen: " + ", ".join(f"`{path}`" for path in frozen[:3]) if frozen else "all",
        expected="no frozen layer",
        why="A frozen layer keeps the random weights that it began with.",
        next="Leave out `trainable=False`: it is for layers that were trained before.",
    )


@oracle
def head_and_loss(answer: Any, x: Arrays, kind: str, classes: int = 1) -> Observations:
    """`answer` is a model and a loss for it: size and range of the head, and a loss that means the same as it.

    `kind` is "regression", "binary" or "multiclass". Two classes take one unit or two.
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
        yield _loss_observation(False, "`None` for a loss", "a loss", "Without one nothing can be trained.", advice)
    elif kind == "regression" or head_of(model, x, kind).means_classes:
        yield from loss_fits_head(model, take_rows(x, slice(64)), kind, loss)


def _has_two_units(model: Any, x: Arrays) -> bool:
    found = queries.outputs(model, take_rows(x, slice(7)))
    return isinstance(found, np.ndarray) and found.shape == (7, 2)


def _loss_observation(ok: bool, seen: str, expected: str, why: str = "", next: str = "") -> Observation:
    return Observation("loss and head agree", ok, seen, expected, why, next)


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
        "0 where the prediction is exact, growing with the error on both sides",
        _REGRESSION_WHY,
        "Not 0 for a perfect prediction: does your loss subtract (N,) from (N, 1)? That makes an (N, N) table."
        if losses[2] > 1e-6 and abs(losses[0] - losses[4]) < 0.1 * losses[0]
        else _REGRESSION,
    )


_REGRESSION_WHY = "The loss of a measurement is its error, wherever the measurement lies."

_REGRESSION = "Use `mean_squared_error`, `mean_absolute_error` or `Huber`."


def _losses_around(measure: Measured, predicted: np.ndarray) -> list[float]:
    """The losses for targets that lie -2, -1, 0, 1 and 2 from the predictions."""
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
        "With another loss the gradients push towards something else than the right class's probability.",
        "" if ok else hint or _loss_advice(values, y, head.meaning, found),
    )


def _made_up_predictions(shape: tuple[int, ...], meaning: str) -> np.ndarray:
    """Predictions far from 0 and 1, of the shape and meaning that the head returns. The loss is a function of
    predictions, and those that a fresh model makes of unscaled rows may be saturated, which tells nothing."""
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
    """What most likely went wrong, told from the number the loss gave."""
    one_unit = values.shape[1] == 1
    name = "BinaryCrossentropy" if one_unit else "SparseCategoricalCrossentropy"
    if meaning == "logits":
        return f"Your head returns logits: tell the loss so with `keras.losses.{name}(from_logits=True)`."
    if meaning == "probabilities" and found:
        twice = probabilities(values, logits=True)
        doubled = -np.mean(np.log(twice[np.arange(len(y)), y]))
        if abs(found[0] - doubled) <= 1e-2 * max(1.0, doubled):
            return "The head already returns probabilities: leave `from_logits=True` out, or the activation."
    if one_unit:
        return "For two classes and one unit the loss is `binary_crossentropy`."
    return "Labels that are integers go with `sparse_categorical_crossentropy`; `categorical_…` wants one-hot rows."
