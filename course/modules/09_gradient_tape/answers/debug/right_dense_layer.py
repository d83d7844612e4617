"""A Dense layer holds the line."""


def fit_line(X, y, learning_rate, steps):
    line = keras.layers.Dense(1, kernel_initializer="zeros")
    line.build((None, X.shape[1]))
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((line(X)[:, 0] - y) ** 2)
        for variable, slope in zip(
            line.trainable_variables, tape.gradient(loss, line.trainable_variables), strict=True
        ):
            variable.assign_sub(learning_rate * slope)
    return line.kernel, line.bias
