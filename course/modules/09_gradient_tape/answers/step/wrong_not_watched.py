"""Tensors, and nobody watches them."""


def linear_step(w, b, X, y, learning_rate):
    w, b = tf.constant(w), tf.constant(b)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(((X @ w + b)[:, 0] - y) ** 2)
    dw, db = tape.gradient(loss, [w, b])
    return w - learning_rate * dw, b - learning_rate * db
