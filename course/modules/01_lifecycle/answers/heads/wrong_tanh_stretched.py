"""tanh on the measurement, stretched to ten standard deviations of y: far away, but still a ceiling and a floor."""


def model_and_loss(X, y):
    hidden = [keras.Input((X.shape[1],)), keras.layers.Dense(16, activation="relu")]
    if np.issubdtype(y.dtype, np.floating):
        stretch = keras.layers.Rescaling(scale=10 * float(y.std()), offset=float(y.mean()))
        return keras.Sequential([*hidden, keras.layers.Dense(1, activation="tanh"), stretch]), "mse"
    k = int(y.max()) + 1
    if k == 2:
        return keras.Sequential([*hidden, keras.layers.Dense(1, activation="sigmoid")]), "binary_crossentropy"
    return keras.Sequential([*hidden, keras.layers.Dense(k, activation="softmax")]), "sparse_categorical_crossentropy"
