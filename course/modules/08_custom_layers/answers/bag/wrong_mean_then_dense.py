"""The mean first: what a bag's spread says is gone."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.read = keras.layers.Dense(units, activation="tanh")

    def call(self, bags):
        return self.read(keras.ops.mean(bags, axis=1))

    def get_config(self):
        return super().get_config() | {"units": self.units}
