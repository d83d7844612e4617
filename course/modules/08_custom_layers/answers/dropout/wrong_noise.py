"""Noise is added in place of dropping."""


class InvertedDropout(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seeds = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        if not training:
            return inputs
        return inputs + keras.random.normal(keras.ops.shape(inputs), stddev=self.rate, seed=self.seeds)

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
