"""keras.ops and keras.Variable throughout."""


def linear_step(w, b, X, y, learning_rate):
    ops = keras.ops
    w, b = keras.Variable(w), keras.Variable(b)
    with tf.GradientTape() as tape:
        errors = ops.squeeze(ops.matmul(X, w) + b, -1) - y
        loss = ops.mean(ops.square(errors))
    dw, db = tape.gradient(loss, [w.value, b.value])
    return ops.subtract(w, learning_rate * dw), ops.subtract(b, learning_rate * db)
