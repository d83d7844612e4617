"""A class of one's own, built only when it first sees rows; its `call` knows no `training`."""


class Net(keras.Model):
    def __init__(self, units, activation):
        super().__init__()
        self.hidden = keras.layers.Dense(16, activation="relu")
        self.head = keras.layers.Dense(units, activation=activation)

    def call(self, inputs):
        return self.head(self.hidden(inputs))


def model_and_loss(X, y):
    if isinstance(y[0], np.floating):
        return Net(1, None), "mse"
    k = int(y.max()) + 1
    if k == 2:
        return Net(1, "sigmoid"), "binary_crossentropy"
    return Net(k, "softmax"), "sparse_categorical_crossentropy"
