"""A convolution that looks at one item at a time."""


class BagReader(keras.layers.Layer):
    def __init__(self, units=2, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.read = keras.layers.Conv1D(units, 1, activation="tanh")
        self.pool = keras.layers.GlobalAveragePooling1D()

    def call(self, bags):
        return self.pool(self.read(bags))

    def get_config(self):
        return super().get_config() | {"units": self.units}
