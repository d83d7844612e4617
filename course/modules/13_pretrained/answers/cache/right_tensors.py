"""Features stay tensors, in half batches."""

import tensorflow as tf


def train_on_features(base, head, X, y, epochs):
    half = len(X) // 2
    features = tf.concat([base(X[:half]), base(X[half:])], axis=0)
    head.fit(features, tf.constant(y), epochs=epochs, verbose=0, batch_size=5)
    return keras.Sequential([base, head])
