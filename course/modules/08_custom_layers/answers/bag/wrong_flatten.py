"""The items side by side: their order and number are fixed."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.flat = keras.layers.Flatten()
        self.read = keras.layers.Dense(units)

    def call(self, bags):
        return self.read(self.flat(bags))

    def get_config(self):
        return super().get_config() | {"units": self.units}
