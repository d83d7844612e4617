"""No keras.Input: the model takes the width from the first rows it sees. Returns a list."""


def model_and_loss(X, y):
    if y.dtype.kind == "f":
        return [keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1)]), "mean_squared_error"]
    k = len(np.bincount(y))
    if k == 2:
        net = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
        return [net, "binary_crossentropy"]
    net = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(k, "softmax")])
    return [net, "sparse_categorical_crossentropy"]
