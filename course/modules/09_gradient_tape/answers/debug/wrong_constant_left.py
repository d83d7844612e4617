"""The weight is still a constant, and nobody watches it."""


def fit_line(X, y, learning_rate, steps):
    w = tf.constant(np.zeros((X.shape[1], 1), "float32"))
    b = tf.Variable(np.zeros(1, "float32"))
    for _ in range(steps):
        with tf.GradientTape() as tape:
            predicted = tf.matmul(X, w) + b
            errors = predicted[:, 0] - y
            loss = tf.reduce_mean(tf.square(errors))
        slope_w, slope_b = tape.gradient(loss, [w, b])
        w = w - learning_rate * slope_w
        b.assign_sub(learning_rate * slope_b)
    return w, b
