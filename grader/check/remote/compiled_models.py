"""Remote calls about a compiled model: its losses, gradients, scores and optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import arrays
from grader.check.core.arrays import Arrays
from grader.check.core.guarded import array
from grader.check.core.remote_calls import remote_call
from grader.check.remote import queries
from grader.check.remote.answers import layers_within
from grader.check.remote.queries import forward, optimizer_of, own


@remote_call
def loss_of(
    model: Any, x: Arrays, y: Arrays, predicted: Arrays | None = None, training: bool = False, penalties: bool = False
) -> float:
    """The compiled model's own loss for targets `y`: of its outputs for `x`, or of made-up predictions.

    Without `penalties`, less what regularisers and `add_loss` add to it.
    """
    y_pred = forward(model, x, training) if predicted is None else _tensors(predicted)
    total = float(array(model.compute_loss(x=_tensors(x), y=_tensors(y), y_pred=y_pred)))
    return total if penalties else total - sum(float(array(penalty)) for penalty in own(model, "losses"))


@remote_call
def gradients(
    model: Any, x: Arrays, y: Arrays, loss: str | None = None, training: bool = False
) -> list[np.ndarray | None]:
    """The gradient of the loss for each trainable weight, in the order of `weights`; None where none reaches it.

    `loss` is a Keras name, applied to each output and added up; None for the compiled loss with its penalties;
    "dot" for Σ outputs · y, with which `y` is any direction of the outputs' shape.
    """
    import tensorflow as tf

    if not own(model, "weights"):
        forward(model, x, False)
    moving = own(model, "trainable_weights")
    with tf.GradientTape() as tape:
        predicted = forward(model, x, training)
        value = _total(model, x, y, predicted, loss)
    found = tape.gradient(value, [weight.value for weight in moving])
    return [None if g is None else array(tf.convert_to_tensor(g)) for g in found]


def _total(model: Any, x: Arrays, y: Arrays, predicted: Any, loss: str | None) -> Any:
    import keras

    if loss is None:
        return model.compute_loss(x=_tensors(x), y=_tensors(y), y_pred=predicted)
    flat = keras.tree.flatten(predicted), keras.tree.flatten(_tensors(y))
    pairs = list(zip(*flat, strict=True))
    if loss == "dot":
        return sum(keras.ops.sum(p * keras.ops.cast(t, p.dtype)) for p, t in pairs)
    measure = keras.losses.get(loss)
    return sum(keras.ops.mean(measure(t, p)) for p, t in pairs)


def _tensors(data: Arrays) -> Any:
    import keras

    return keras.tree.map_structure(keras.ops.convert_to_tensor, data)


@remote_call
def compiled(model: Any) -> bool:
    """Whether the model has an optimizer, as `compile` gives it one. A `compiled` of the student's own is not asked."""
    return optimizer_of(model) is not None


@remote_call
def optimizer_name(model: Any) -> str | None:
    """The class of the model's optimizer, for messages only; None where it has none."""
    optimizer = optimizer_of(model)
    return None if optimizer is None else type(optimizer).__name__


@remote_call
def optimizer_steps(model: Any) -> int | None:
    """How many steps the model's optimizer has made; None where it has none."""
    optimizer = optimizer_of(model)
    return None if optimizer is None else int(array(optimizer.iterations))


@remote_call
def learning_rate(model: Any) -> float | None:
    """The optimizer's learning rate now, a schedule's at the step it has reached; None where there is none."""
    optimizer = optimizer_of(model)
    return None if optimizer is None else float(array(optimizer.learning_rate))


@remote_call
def counted(model: Any) -> bool:
    """Whether the model's own metrics hold anything: it was evaluated or trained since it was made or reset."""
    return any(bool(np.any(array(v))) for metric in model.metrics for v in metric.variables)


@remote_call
def scores(model: Any, x: Arrays, y: Arrays, batch_size: int | None = None) -> dict[str, float]:
    """What the compiled model scores on (x, y), by metric name, as `evaluate` finds it.

    Over several batches a metric of outputs of shape (N,) is the mean of the batches' means: `batch_size` says how
    many rows go into one, Keras' 32 without it.
    """
    import keras

    if not compiled(model):
        keras.Model.evaluate(model, x, y, verbose=0)  # which says so
    batches = arrays.batches(arrays.tensors(x), arrays.tensors(y), batch_size or 32)
    found: dict[str, Any] = {}
    # Without `evaluate` itself, which takes longer to begin than a few batches do. Twice where that makes metrics
    # known: before its first batch Keras doesn't know a metric object, and leaves in it what it counted elsewhere.
    for _ in range(2):
        known = _counters(model)
        model.reset_metrics()
        for batch in batches:
            found = model.test_step(batch)
        if _counters(model) == known:
            break
    return {str(name): float(array(value)) for name, value in found.items()}


def _counters(model: Any) -> int:
    """How many variables the metrics count with that the model knows of."""
    return sum(len(metric.variables) for metric in model.metrics)


@remote_call
def loss_values(loss: Any, pairs: Sequence[tuple[Arrays, Arrays]], output: str | None = None) -> list[float]:
    """What `compile(loss=loss)` makes of each (targets, predictions): for a name, a function, a class or an object.

    `output` is the name of the model's output, for a loss that is given by name in a dict.
    """
    import keras

    stand_in = keras.Model()
    if isinstance(loss, dict):
        inputs = keras.Input((1,))
        stand_in = keras.Model(inputs, keras.layers.Dense(1, name=output)(inputs))
    stand_in.compile(loss=loss)
    return [float(array(stand_in.compute_loss(y=_tensors(y), y_pred=_tensors(predicted)))) for y, predicted in pairs]


@remote_call
def optimizer_moves(model: Any, gradients: list[float]) -> np.ndarray | None:
    """What each gradient in turn moves a weight by, with a fresh optimizer of the same class and configuration.

    None for a model without an optimizer.
    """
    import keras

    optimizer = getattr(model, "optimizer", None)
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        return None
    fresh = type(optimizer).from_config(optimizer.get_config())
    weight = keras.Variable([0.0])
    path = [0.0]
    for gradient in gradients:
        # With mixed_float16, `compile` wraps the optimizer in one that expects gradients of a scaled loss.
        fresh.apply([fresh.scale_loss(keras.ops.full((1,), gradient))], [weight])
        path.append(float(array(weight)[0]))
    return np.diff(path)


@remote_call
def kept_from_training(model: Any) -> list[str]:
    """The paths of weights that training would move if no layer were frozen. All flags are left as they were."""
    layers = layers_within(model)
    flags = [(layer, layer.trainable) for layer in layers]
    moving = {id(weight) for weight in queries.own(model, "trainable_weights")}
    try:
        for layer in layers:
            layer.trainable = True
        return [weight.path for weight in queries.own(model, "trainable_weights") if id(weight) not in moving]
    finally:
        for _ in range(3):  # a layer's flag is set on those within it, which may stand in several others
            for layer, flag in flags:
                if layer.trainable != flag:
                    layer.trainable = flag
