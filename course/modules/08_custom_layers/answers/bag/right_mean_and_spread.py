"""Mean and standard deviation of each column, then a dense layer."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.read = keras.layers.Dense(units)

    def call(self, bags):
        mean = keras.ops.mean(bags, axis=1)
        spread = keras.ops.sqrt(keras.ops.var(bags, axis=1) + 1e-3)
        return self.read(keras.ops.concatenate([mean, spread], axis=-1))

    def get_config(self):
        return super().get_config() | {"units": self.units}
