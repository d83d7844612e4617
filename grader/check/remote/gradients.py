"""Remote calls for derivatives with respect to inputs and weights, and for the effect of a penalty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from grader.check.core import arrays, guarded
from grader.check.core.remote_calls import remote_call
from grader.check.remote import queries
from grader.check.remote.answers import quietly
from grader.check.remote.queries import own
from grader.check.remote.round_trips import own_classes


@remote_call
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
    return np.zeros((len(x), x[0].size)) if slope is None else guarded.array(slope).reshape(len(x), -1)


@remote_call
def input_gradient(
    model: Any, x: np.ndarray, y: np.ndarray, of: str = "loss", loss: Any = "mse", training: bool = False
) -> np.ndarray:
    """∂(mean loss)/∂x or, if `of` is "score", ∂(Σ over the rows of output[y])/∂x, in the shape of `x`."""
    import keras
    import tensorflow as tf

    inputs, targets = tf.constant(x), arrays.tensors(y)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        predicted = model(inputs, training=training)
        if of == "score":
            columns = tf.one_hot(tf.reshape(targets, [-1]), predicted.shape[-1], dtype=predicted.dtype)
            value = tf.reduce_sum(predicted * columns)
        else:
            value = keras.ops.mean(keras.losses.get(loss)(targets, predicted))
    return guarded.array(tf.convert_to_tensor(tape.gradient(value, inputs)))


@remote_call
def moved_in_fit(layer: Any, x: np.ndarray, epochs: int) -> list[np.ndarray]:
    """The layer's weights after some epochs of `fit`, in a model where one dense layer follows it. They are restored
    afterwards."""
    with _in_a_model(layer, x) as (model, y):
        guarded.attempt(model.fit, x, y, batch_size=len(x), epochs=epochs, verbose=0)
        return [guarded.array(w) for w in own(layer, "weights")]


@contextmanager
def _in_a_model(layer: Any, x: np.ndarray) -> Iterator[tuple[Any, np.ndarray]]:
    """A compiled model around the live layer, and targets for the rows `x`. The layer is restored afterwards."""
    import keras

    after = [keras.layers.Flatten(), keras.layers.Dense(1, kernel_initializer="ones")]
    with queries.restored_weights(layer):
        model = keras.Sequential([keras.Input(x.shape[1:]), layer, *after])
        model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=True)  # tracing would take longer
        yield model, np.ones((len(x), 1), "float32")


@remote_call
def loss_of_fit(layer: Any, x: np.ndarray, copied: bool) -> dict[str, float]:
    """The "loss" that `fit` reports for one batch, and the error on the "data" alone, in a model with the layer or a
    copy from its configuration."""
    with own_classes(layer):
        subject = type(layer).from_config(layer.get_config()) if copied else layer
    subject(x[:1])
    with _in_a_model(subject, x) as (model, y):
        outputs = queries.outputs(model, x, training=True)
        history = guarded.attempt(model.fit, x, y, batch_size=len(x), epochs=1, verbose=0)
        return {"loss": float(history.history["loss"][0]), "data": float(np.mean((outputs - y) ** 2))}


@remote_call
def penalty_gradient(layer: Any, x: np.ndarray) -> np.ndarray | None:
    """The gradient, with respect to the input, of the loss that the layer adds in training; None without a gradient."""
    import tensorflow as tf

    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        layer(inputs, training=True)
        total = sum(own(layer, "losses"))
    found = tape.gradient(total, inputs) if tf.is_tensor(total) else None
    return None if found is None else guarded.array(tf.convert_to_tensor(found))
