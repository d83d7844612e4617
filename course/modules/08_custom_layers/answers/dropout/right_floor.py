"""Rounding down a draw between keep and keep + 1 gives the mask."""


class InvertedDropout(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seeds = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        if training is None or training is False:
            return inputs
        keep = 1.0 - self.rate
        mask = keras.ops.floor(keep + keras.random.uniform(keras.ops.shape(inputs), seed=self.seeds))
        return inputs / keep * mask

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
