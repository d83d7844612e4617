"""Only the first item is read."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.read = keras.layers.Dense(units, activation="tanh")

    def call(self, bags):
        return self.read(bags[:, 0])

    def get_config(self):
        return super().get_config() | {"units": self.units}
