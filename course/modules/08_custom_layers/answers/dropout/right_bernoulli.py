"""The mask is drawn as zeros and ones."""


class InvertedDropout(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seeds = keras.random.SeedGenerator()

    def call(self, inputs, training=False):
        if training:
            keep = 1 - self.rate
            mask = keras.random.binomial(keras.ops.shape(inputs), 1, keep, seed=self.seeds)
            inputs = inputs * mask / keep
        return inputs

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
