"""Keras' own function, with the layer's seeds."""


class InvertedDropout(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seeds = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        if training:
            return keras.random.dropout(inputs, self.rate, seed=self.seeds)
        return inputs

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
