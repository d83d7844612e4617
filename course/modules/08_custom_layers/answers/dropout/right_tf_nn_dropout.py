"""TensorFlow's own dropout."""


class InvertedDropout(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seeds = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        return tf.nn.dropout(inputs, self.rate) if training else inputs

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
