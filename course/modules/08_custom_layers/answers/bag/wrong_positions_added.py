"""A learned number for each position."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.read = keras.layers.Dense(units)

    def build(self, input_shape):
        self.place = self.add_weight(shape=(16, self.units))

    def call(self, bags):
        places = self.place[: keras.ops.shape(bags)[1]]
        return keras.ops.mean(keras.ops.tanh(self.read(bags) + places), axis=1)

    def get_config(self):
        return super().get_config() | {"units": self.units}
