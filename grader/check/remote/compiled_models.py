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
    """The compiled model's own loss for targets `y` and its outputs for `x`, or the predictions `predicted`.

    Without `penalties`, the terms from regularizers and `add_loss` are subtracted.
    """
    y_pred = forward(model, x, training) if predicted is None else _tensors(predicted)
    total = float(array(model.compute_loss(x=_tensors(x), y=_tensors(y), y_pred=y_pred)))
    return total if penalties else total - sum(float(array(penalty)) for penalty in own(model, "losses"))


@remote_call
def gradients(
    model: Any, x: Arrays, y: Arrays, loss: str | None = None, training: bool = False
) -> list[np.ndarray | None]:
    """The gradient of the loss for each trainable weight, in the order of `weights`; None for a weight without one.

    `loss` is a Keras name, applied to each output and summed; None means the compiled loss with its penalties; "dot"
    means Σ outputs · y, where `y` is any direction in the shape of the outputs.
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
    """Whether the model has an optimizer, which `compile` sets. A `compiled` defined by the student is ignored."""
    return optimizer_of(model) is not None


@remote_call
def optimizer_name(model: Any) -> str | None:
    """The class of the model's optimizer, for messages only; None without an optimizer."""
    optimizer = optimizer_of(model)
    return None if optimizer is None else type(optimizer).__name__


@remote_call
def optimizer_steps(model: Any) -> int | None:
    """The number of steps that the model's optimizer has made; None without an optimizer."""
    optimizer = optimizer_of(model)
    return None if optimizer is None else int(array(optimizer.iterations))


@remote_call
def learning_rate(model: Any) -> float | None:
    """The optimizer's current learning rate, for a schedule at the current step; None without an optimizer."""
    optimizer = optimizer_of(model)
    return None if optimizer is None else float(array(optimizer.learning_rate))


@remote_call
def counted(model: Any) -> bool:
    """Whether the model's own metrics have counted anything: in an evaluation or training since the last reset."""
    return any(bool(np.any(array(v))) for metric in model.metrics for v in metric.variables)


@remote_call
def scores(model: Any, x: Arrays, y: Arrays, batch_size: int | None = None) -> dict[str, float]:
    """The compiled model's scores on (x, y), by metric name, as in `evaluate`.

    Over several batches a metric for outputs of shape (N,) is the mean of the batches' means, so `batch_size` matters;
    the default is Keras's 32.
    """
    import keras

    if not compiled(model):
        keras.Model.evaluate(model, x, y, verbose=0)  # raises Keras's own error
    batches = arrays.batches(arrays.tensors(x), arrays.tensors(y), batch_size or 32)
    found: dict[str, Any] = {}
    # Not with `evaluate` itself, which takes longer to start than a few batches. Twice if the first pass adds metrics:
    # before its first batch the model doesn't list a metric object, so it doesn't reset what that counted elsewhere.
    for _ in range(2):
        known = _counters(model)
        model.reset_metrics()
        for batch in batches:
            found = model.test_step(batch)
        if _counters(model) == known:
            break
    return {str(name): float(array(value)) for name, value in found.items()}


def _counters(model: Any) -> int:
    """The number of variables of the metrics that the model lists."""
    return sum(len(metric.variables) for metric in model.metrics)


@remote_call
def loss_values(loss: Any, pairs: Sequence[tuple[Arrays, Arrays]], output: str | None = None) -> list[float]:
    """The loss after `compile(loss=loss)` for each (targets, predictions); a name, a function, a class or an object.

    `output` is the name of the model's output, for a dict of losses by output name.
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
    """The change of a weight for each gradient in turn, with a new optimizer of the same class and configuration.

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
    """The paths of weights that training would update if no layer were frozen. All flags are restored."""
    layers = layers_within(model)
    flags = [(layer, layer.trainable) for layer in layers]
    moving = {id(weight) for weight in queries.own(model, "trainable_weights")}
    try:
        for layer in layers:
            layer.trainable = True
        return [weight.path for weight in queries.own(model, "trainable_weights") if id(weight) not in moving]
    finally:
        for _ in range(3):  # setting a layer's flag also sets those of its sublayers, which may be in several layers
            for layer, flag in flags:
                if layer.trainable != flag:
                    layer.trainable = flag
