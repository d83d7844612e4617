"""The dense layer is made in `call`."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def call(self, bags):
        return keras.ops.mean(keras.layers.Dense(self.units, activation="tanh")(bags), axis=1)

    def get_config(self):
        return super().get_config() | {"units": self.units}
