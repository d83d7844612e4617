"""Layers of Keras in a row: TimeDistributed, then global pooling."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.read = keras.layers.TimeDistributed(keras.layers.Dense(units, activation="swish"))
        self.pool = keras.layers.GlobalAveragePooling1D()

    def call(self, bags):
        return self.pool(self.read(bags))

    def get_config(self):
        return super().get_config() | {"units": self.units}
