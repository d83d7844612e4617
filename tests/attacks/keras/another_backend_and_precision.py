"""Keras' global settings changed: precision, image order, random seeds, eager execution, epsilon, a session cleared."""

CELLS = {
    "build": """
import tensorflow as tf

keras.config.set_floatx("float64")
keras.config.set_epsilon(1.0)
keras.config.set_image_data_format("channels_first")
keras.config.disable_traceback_filtering()
tf.random.set_seed(7)


def build(inputs, units):
    keras.utils.clear_session()
    return keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(units)])
"""
}
STATUS = {"build": "wrong"}
EARNS = {"build": 0, "layer": (0, 2), "train": (0, 3)}
