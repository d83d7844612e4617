"""tanh on the scores of the classes, then the softmax: the scores can't differ by more than two."""


def model_and_loss(X, y):
    hidden = [keras.Input(shape=(X.shape[1],)), keras.layers.Dense(16, activation="tanh")]
    if np.issubdtype(y.dtype, np.floating):
        return keras.Sequential([*hidden, keras.layers.Dense(1)]), "mse"
    k = int(y.max()) + 1
    if k == 2:
        return keras.Sequential([*hidden, keras.layers.Dense(1, activation="sigmoid")]), "binary_crossentropy"
    head = [keras.layers.Dense(k, activation="tanh"), keras.layers.Softmax()]
    return keras.Sequential([*hidden, *head]), "sparse_categorical_crossentropy"
