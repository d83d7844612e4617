"""Without a seed Keras draws from a generator of its own."""


class InvertedDropout(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seeds = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        if not training:
            return inputs
        draws = keras.random.uniform(inputs.shape)
        return inputs * keras.ops.cast(draws > self.rate, "float32") / (1 - self.rate)

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
