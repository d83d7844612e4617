"""Multiplied by the share that is kept, in place of divided."""


class InvertedDropout(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seeds = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        if not training:
            return inputs
        draws = keras.random.uniform(keras.ops.shape(inputs), seed=self.seeds)
        kept = keras.ops.cast(draws >= self.rate, inputs.dtype)
        return inputs * kept * (1 - self.rate)

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
