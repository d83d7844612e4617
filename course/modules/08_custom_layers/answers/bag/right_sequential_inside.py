"""A Sequential model reads the items, another what is pooled."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.before = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(8)])
        self.after = keras.Sequential([keras.layers.Dense(units)])

    def call(self, bags):
        return self.after(keras.ops.mean(self.before(bags), axis=1))

    def get_config(self):
        return super().get_config() | {"units": self.units}
