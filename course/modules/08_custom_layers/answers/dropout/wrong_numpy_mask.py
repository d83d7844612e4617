"""NumPy draws the mask."""


class InvertedDropout(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seeds = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        if not training:
            return inputs
        mask = (np.random.uniform(size=inputs.shape) >= self.rate).astype("float32")
        return inputs * mask / (1 - self.rate)

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
