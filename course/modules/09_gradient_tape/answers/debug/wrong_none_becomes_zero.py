"""Treats the sign of the trouble: None becomes zero."""


def fit_line(X, y, learning_rate, steps):
    w = tf.Variable(np.zeros((X.shape[1], 1), "float32"))
    b = tf.constant(np.zeros(1, "float32"))
    for _ in range(steps):
        with tf.GradientTape() as tape:
            predicted = tf.matmul(X, w) + b
            errors = predicted[:, 0] - y
            loss = tf.reduce_mean(tf.square(errors))
        slope_w, slope_b = tape.gradient(loss, [w, b])
        slope_b = 0 if slope_b is None else slope_b
        w.assign_sub(learning_rate * slope_w)
        b = b - learning_rate * slope_b
    return w, b
