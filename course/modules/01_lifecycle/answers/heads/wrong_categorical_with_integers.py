"""The loss for one-hot rows, although y holds integers."""


def model_and_loss(X, y):
    model = keras.Sequential([keras.Input((X.shape[1],)), keras.layers.Dense(16, activation="relu")])
    if y.dtype.kind == "f":
        model.add(keras.layers.Dense(1))
        return model, "mse"
    classes = len(np.unique(y))
    if classes == 2:
        model.add(keras.layers.Dense(1, activation="sigmoid"))
        return model, "binary_crossentropy"
    model.add(keras.layers.Dense(classes, activation="softmax"))
    return model, "categorical_crossentropy"
