"""The right heads, but the squared error for everything."""


def model_and_loss(X, y):
    inputs = keras.Input(shape=(X.shape[1],))
    x = keras.layers.Dense(16, activation="relu")(inputs)
    if np.issubdtype(y.dtype, np.floating):
        outputs = keras.layers.Dense(1)(x)
    elif y.max() == 1:
        outputs = keras.layers.Dense(1, activation="sigmoid")(x)
    else:
        outputs = keras.layers.Dense(int(y.max()) + 1, activation="softmax")(x)
    return keras.Model(inputs, outputs), "mse"
