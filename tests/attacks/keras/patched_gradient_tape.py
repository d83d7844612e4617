"""Gradients, `clone_model`, `Layer.__call__`, `add_weight` and the optimizers' `apply` replaced in the student's
process: the judge has its own."""

CELLS = {
    "build": """
import tensorflow as tf

tf.GradientTape.gradient = lambda self, target, sources, **kwargs: [tf.ones_like(s) for s in sources]
keras.models.clone_model = lambda model, *args, **kwargs: model
keras.layers.Layer.count_params = lambda self: 26
keras.Model.__len__ = lambda self: 2


def build(inputs, units):
    return keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(units, trainable=False)])
"""
}
EARNS = {"build": 0, "layer": (0, 2), "train": (0, 3)}
STATUS = {"build": "wrong"}
