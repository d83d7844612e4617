"""tf.math.top_k, and tuples in a tuple."""

import tensorflow as tf


def top_names(probabilities, names, top):
    found = tf.math.top_k(probabilities, k=top, sorted=True)
    rows = zip(found.indices.numpy(), found.values.numpy(), strict=True)
    return tuple(tuple((names[i], v) for i, v in zip(*row, strict=True)) for row in rows)
