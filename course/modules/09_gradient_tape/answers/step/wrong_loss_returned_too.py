"""Returns the loss as well."""


def linear_step(w, b, X, y, learning_rate):
    w, b = tf.Variable(w), tf.Variable(b)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(((X @ w + b)[:, 0] - y) ** 2)
    dw, db = tape.gradient(loss, [w, b])
    return loss, w - learning_rate * dw, b - learning_rate * db
