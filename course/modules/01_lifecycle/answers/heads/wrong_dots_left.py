"""Half filled in: dots from the exercise are still in the multiclass lines."""


def model_and_loss(X, y):
    hidden = [keras.Input(shape=(X.shape[1],)), keras.layers.Dense(16, activation="relu")]
    if np.issubdtype(y.dtype, np.floating):
        return keras.Sequential([*hidden, keras.layers.Dense(1)]), "mean_squared_error"
    classes = int(y.max()) + 1
    if classes == 2:
        return keras.Sequential([*hidden, keras.layers.Dense(1, activation="sigmoid")]), ...
    head = ...
    return keras.Sequential([*hidden, head]), "sparse_categorical_crossentropy"
