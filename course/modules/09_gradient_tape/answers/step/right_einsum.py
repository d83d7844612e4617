"""Predictions by einsum come without the extra axis."""


def linear_step(w, b, X, y, learning_rate):
    w, b = tf.Variable(w), tf.Variable(b)
    with tf.GradientTape() as tape:
        predicted = tf.einsum("nf,fo->n", tf.constant(X), w) + b
        loss = tf.reduce_mean((predicted - y) ** 2)
    slopes = tape.gradient(loss, {"w": w, "b": b})
    return w - learning_rate * slopes["w"], b - learning_rate * slopes["b"]
