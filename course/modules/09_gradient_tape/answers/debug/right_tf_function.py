"""The loop as a graph."""


def fit_line(X, y, learning_rate, steps):
    w = tf.Variable(np.zeros((X.shape[1], 1), "float32"))
    b = tf.Variable(np.zeros(1, "float32"))

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square((tf.matmul(X, w) + b)[:, 0] - y))
        slope_w, slope_b = tape.gradient(loss, [w, b])
        w.assign_sub(learning_rate * slope_w)
        b.assign_sub(learning_rate * slope_b)

    for _ in range(steps):
        step()
    return w, b
