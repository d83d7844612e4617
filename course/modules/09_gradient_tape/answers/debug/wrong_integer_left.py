"""The bias is still an integer."""


def fit_line(X, y, learning_rate, steps):
    w = tf.Variable(np.zeros((X.shape[1], 1), "float32"))
    b = tf.Variable(np.zeros(1, "int32"))
    for _ in range(steps):
        with tf.GradientTape() as tape:
            predicted = tf.matmul(X, w) + tf.cast(b, "float32")
            errors = predicted[:, 0] - y
            loss = tf.reduce_mean(tf.square(errors))
        slope_w, slope_b = tape.gradient(loss, [w, b])
        w.assign_sub(learning_rate * slope_w)
        b.assign_sub(learning_rate * slope_b)
    return w, b
