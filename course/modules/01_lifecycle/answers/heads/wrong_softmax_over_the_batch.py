"""Softmax along the wrong axis: the columns add up to one, the rows don't."""


def model_and_loss(X, y):
    inputs = keras.Input((X.shape[1],))
    x = keras.layers.Dense(16, activation="relu")(inputs)
    if np.issubdtype(y.dtype, np.floating):
        return keras.Model(inputs, keras.layers.Dense(1)(x)), "mse"
    x = keras.layers.Dense(int(y.max()) + 1)(x)
    return keras.Model(inputs, keras.ops.softmax(x, axis=0)), "sparse_categorical_crossentropy"
