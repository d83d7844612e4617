"""The largest of each column, and no weights."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def call(self, bags):
        return keras.ops.tile(keras.ops.max(bags, axis=(1, 2), keepdims=True)[:, 0], (1, self.units))

    def get_config(self):
        return super().get_config() | {"units": self.units}
