"""assign with the new value, instead of assign_sub."""


def fit_line(X, y, learning_rate, steps):
    w = tf.Variable(tf.zeros((X.shape[1], 1)))
    b = tf.Variable([0.0])
    for _ in range(steps):
        with tf.GradientTape() as tape:
            predicted = X @ w + tf.cast(b, "float32")
            errors = tf.reshape(predicted, y.shape) - y
            loss = tf.reduce_mean(tf.square(errors))
        slope_w, slope_b = tape.gradient(loss, [w, b])
        w.assign(w - learning_rate * slope_w)
        b.assign(b - learning_rate * slope_b)
    return w.read_value(), b.read_value()
