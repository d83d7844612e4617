"""A new variable in each round."""


def fit_line(X, y, learning_rate, steps):
    w = tf.Variable(np.zeros((X.shape[1], 1), "float32"))
    b = tf.Variable(np.zeros(1, "float32"))
    for _ in range(steps):
        with tf.GradientTape() as tape:
            predicted = tf.matmul(X, w) + b
            errors = tf.squeeze(predicted, axis=1) - y
            loss = tf.reduce_mean(tf.square(errors))
        slope_w, slope_b = tape.gradient(loss, [w, b])
        w = tf.Variable(w - learning_rate * slope_w)
        b = tf.Variable(b - learning_rate * slope_b)
    return w, b
