"""A training of 10⁹ epochs with a callback that never lets it stop, and a tf.function that never returns."""

SLOW = True
CELLS = {
    "build": """
import tensorflow as tf


@tf.function
def endless(x):
    while tf.reduce_sum(x) < 1e30:
        x = x * 1.0
    return x


def build(inputs, units):
    endless(tf.ones((4,)))
"""
}
STATUS = {"build": ("timed out", "crashed")}
EARNS = {"build": 0, "layer": (0, 2), "train": (0, 3)}
