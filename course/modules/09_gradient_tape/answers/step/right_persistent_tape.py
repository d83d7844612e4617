"""One persistent tape, asked twice."""


def linear_step(w, b, X, y, learning_rate):
    w, b = tf.Variable(w), tf.Variable(b)
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_mean(tf.math.squared_difference((X @ w + b)[:, 0], y))
    new_w = w - learning_rate * tape.gradient(loss, w)
    new_b = b - learning_rate * tape.gradient(loss, b)
    return new_w, new_b
