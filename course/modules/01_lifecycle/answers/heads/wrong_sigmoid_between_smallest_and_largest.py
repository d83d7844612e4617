"""A sigmoid between the smallest and the largest y seen: the next patient may lie outside."""


def model_and_loss(X, y):
    inputs = keras.Input((X.shape[1],))
    x = keras.layers.Dense(16, activation="relu")(inputs)
    if y.dtype.kind == "f":
        low, high = float(y.min()), float(y.max())
        return keras.Model(inputs, low + (high - low) * keras.layers.Dense(1, activation="sigmoid")(x)), "mse"
    if y.max() == 1:
        return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x)), "binary_crossentropy"
    outputs = keras.layers.Dense(int(y.max()) + 1, activation="softmax")(x)
    return keras.Model(inputs, outputs), "sparse_categorical_crossentropy"
