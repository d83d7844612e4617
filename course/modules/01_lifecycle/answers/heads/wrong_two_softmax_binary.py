"""Two softmax units with binary_crossentropy: the loss wants one number a row."""


def model_and_loss(X, y):
    hidden = [keras.Input(shape=(X.shape[1],)), keras.layers.Dense(16, activation="relu")]
    if np.issubdtype(y.dtype, np.floating):
        return keras.Sequential([*hidden, keras.layers.Dense(1)]), "mean_squared_error"
    k = int(y.max()) + 1
    model = keras.Sequential([*hidden, keras.layers.Dense(k, activation="softmax")])
    return model, "binary_crossentropy" if k == 2 else "sparse_categorical_crossentropy"
