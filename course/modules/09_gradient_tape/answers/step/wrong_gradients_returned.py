"""Returns the gradients, not the new numbers."""


def linear_step(w, b, X, y, learning_rate):
    w, b = tf.Variable(w), tf.Variable(b)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(((X @ w + b)[:, 0] - y) ** 2)
    slope_w, slope_b = tape.gradient(loss, [w, b])
    return slope_w, slope_b
