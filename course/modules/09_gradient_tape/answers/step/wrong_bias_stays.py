"""Only the weight makes a step."""


def linear_step(w, b, X, y, learning_rate):
    w = tf.Variable(w)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(((X @ w + b)[:, 0] - y) ** 2)
    return w - learning_rate * tape.gradient(loss, w), b
