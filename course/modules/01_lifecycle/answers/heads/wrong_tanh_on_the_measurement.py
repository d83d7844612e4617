"""Tanh on the measurement's head: negative numbers at last, but none beyond 1."""


def model_and_loss(X, y):
    hidden = [keras.Input(shape=(X.shape[1],)), keras.layers.Dense(16, activation="relu")]
    if np.issubdtype(y.dtype, np.floating):
        return keras.Sequential([*hidden, keras.layers.Dense(1, activation="tanh")]), "mae"
    k = int(y.max()) + 1
    return keras.Sequential([*hidden, keras.layers.Dense(k, activation="softmax")]), "sparse_categorical_crossentropy"
