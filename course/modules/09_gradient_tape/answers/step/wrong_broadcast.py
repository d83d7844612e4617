"""(N, 1) minus (N,): a table of N × N differences."""


def linear_step(w, b, X, y, learning_rate):
    w, b = tf.Variable(w), tf.Variable(b)
    with tf.GradientTape() as tape:
        predicted = tf.matmul(X, w) + b
        loss = tf.reduce_mean((predicted - y) ** 2)
    dw, db = tape.gradient(loss, [w, b])
    return w - learning_rate * dw, b - learning_rate * db
