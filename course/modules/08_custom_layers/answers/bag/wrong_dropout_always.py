"""Dropout at every call, so that the same bag gets other answers."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.read = keras.layers.Dense(units, activation="tanh")
        self.drop = keras.layers.Dropout(0.5)

    def call(self, bags):
        return keras.ops.mean(self.drop(self.read(bags), training=True), axis=1)

    def get_config(self):
        return super().get_config() | {"units": self.units}
