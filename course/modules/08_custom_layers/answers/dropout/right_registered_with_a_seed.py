"""A seed as an argument of its own, in the configuration too."""


@keras.saving.register_keras_serializable()
class InvertedDropout(keras.layers.Layer):
    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.seed = rate, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=None):
        if not training:
            return inputs
        dropped = keras.random.uniform(keras.ops.shape(inputs), seed=self.generator) < self.rate
        return inputs * (1 - keras.ops.cast(dropped, inputs.dtype)) / (1 - self.rate)

    def get_config(self):
        return super().get_config() | {"rate": self.rate, "seed": self.seed}
