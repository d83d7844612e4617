"""Constants, watched; no variable at all."""


def linear_step(w, b, X, y, learning_rate):
    w, b = tf.constant(w), tf.constant(b)
    with tf.GradientTape() as tape:
        tape.watch([w, b])
        errors = tf.reshape(tf.matmul(X, w) + b, (-1,)) - y
        loss = tf.reduce_mean(errors * errors)
    dw, db = tape.gradient(loss, [w, b])
    return [w - learning_rate * dw, b - learning_rate * db]
