"""The mask is drawn once, in `build`."""


class InvertedDropout(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seeds = keras.random.SeedGenerator()

    def build(self, input_shape):
        draws = keras.random.uniform(input_shape, seed=self.seeds)
        self.kept = keras.ops.cast(draws >= self.rate, "float32")

    def call(self, inputs, training=None):
        if not training:
            return inputs
        return inputs * self.kept / (1 - self.rate)

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
