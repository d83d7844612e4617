"""A weighted mean, with weights from a softmax over the items."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.score = keras.layers.Dense(1, use_bias=False)
        self.read = keras.layers.Dense(8)
        self.head = keras.layers.Dense(units)

    def call(self, bags):
        weights = keras.ops.softmax(self.score(bags), axis=1)
        return self.head(keras.ops.sum(weights * keras.ops.tanh(self.read(bags)), axis=1))

    def get_config(self):
        return super().get_config() | {"units": self.units}
