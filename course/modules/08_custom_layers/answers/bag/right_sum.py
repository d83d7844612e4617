"""The sum of bent answers, whatever the number of items."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.read = keras.layers.Dense(units, activation="gelu")

    def call(self, bags):
        return keras.ops.sum(self.read(bags), axis=1)

    def get_config(self):
        return super().get_config() | {"units": self.units}
