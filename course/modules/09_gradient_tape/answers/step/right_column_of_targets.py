"""The targets become a column, and Keras' own loss does the rest."""


def linear_step(w, b, X, y, learning_rate):
    w, b = tf.Variable(w), tf.Variable(b)
    with tf.GradientTape() as tape:
        loss = keras.losses.MeanSquaredError()(y[:, None], X @ w + b)
    dw, db = tape.gradient(loss, (w, b))
    return (w - learning_rate * dw).numpy(), (b - learning_rate * db).numpy()
