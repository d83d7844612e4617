"""In double precision throughout."""


def fit_line(X, y, learning_rate, steps):
    X, y = tf.cast(X, "float64"), tf.cast(y, "float64")
    w = tf.Variable(np.zeros((X.shape[1], 1)))
    b = tf.Variable(np.zeros(1))
    for _ in range(steps):
        with tf.GradientTape() as tape:
            errors = (tf.matmul(X, w) + b)[:, 0] - y
            loss = tf.reduce_mean(tf.square(errors))
        slope_w, slope_b = tape.gradient(loss, [w, b])
        w.assign_sub(learning_rate * slope_w)
        b.assign_sub(learning_rate * slope_b)
    return w, b
