"""The model scales its input itself, with a Normalization layer adapted to X."""


def model_and_loss(X, y):
    scale = keras.layers.Normalization()
    scale.adapt(X)
    body = [keras.Input(shape=(X.shape[1],)), scale, keras.layers.Dense(16, activation="relu")]
    if np.issubdtype(y.dtype, np.floating):
        return keras.Sequential([*body, keras.layers.Dense(1)]), "mse"
    k = int(y.max()) + 1
    if k == 2:
        return keras.Sequential([*body, keras.layers.Dense(1, "sigmoid")]), "binary_crossentropy"
    return keras.Sequential([*body, keras.layers.Dense(k, "softmax")]), "sparse_categorical_crossentropy"
