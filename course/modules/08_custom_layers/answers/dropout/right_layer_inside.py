"""A Dropout layer kept as an attribute."""


class InvertedDropout(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.inner = keras.layers.Dropout(rate)

    def call(self, inputs, training=None):
        return self.inner(inputs, training=training)

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
