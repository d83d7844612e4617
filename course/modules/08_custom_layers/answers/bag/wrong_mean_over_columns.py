"""The mean runs over the columns."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.read = keras.layers.Dense(units, activation="tanh")

    def call(self, bags):
        return keras.ops.mean(self.read(bags), axis=2)

    def get_config(self):
        return super().get_config() | {"units": self.units}
