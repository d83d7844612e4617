"""A convolution sees neighbours."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.read = keras.layers.Conv1D(units, 3, padding="same", activation="tanh")

    def call(self, bags):
        return keras.ops.mean(self.read(bags), axis=1)

    def get_config(self):
        return super().get_config() | {"units": self.units}
