"""Two softmax units and the one-hot loss for two classes; the rest is right."""


def model_and_loss(X, y):
    model = keras.Sequential([keras.Input((X.shape[1],)), keras.layers.Dense(16, activation="relu")])
    if y.dtype.kind == "f":
        model.add(keras.layers.Dense(1))
        return model, "mse"
    classes = len(np.unique(y))
    model.add(keras.layers.Dense(classes, activation="softmax"))
    return model, "categorical_crossentropy" if classes == 2 else "sparse_categorical_crossentropy"
