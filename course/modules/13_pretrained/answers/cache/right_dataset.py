"""A dataset that is mapped once and kept."""

import tensorflow as tf


def train_on_features(base, head, X, y, epochs):
    images = tf.data.Dataset.from_tensor_slices((X, y)).batch(8)
    kept = images.map(lambda x, label: (base(x, training=False), label)).cache()
    for _ in kept:
        pass
    head.fit(kept, epochs=epochs, verbose=0)
    return keras.Sequential([base, head])
