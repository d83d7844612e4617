"""A step as a function from numbers to numbers, in a loop."""


def one_step(w, b, X, y, rate):
    w, b = tf.Variable(w), tf.Variable(b)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((tf.matmul(X, w)[:, 0] + b - y) ** 2)
    dw, db = tape.gradient(loss, [w, b])
    return (w - rate * dw).numpy(), (b - rate * db).numpy()


def fit_line(X, y, learning_rate, steps):
    w, b = np.zeros((X.shape[1], 1), "float32"), np.zeros(1, "float32")
    for _ in range(steps):
        w, b = one_step(w, b, X, y, learning_rate)
    return w, b
