"""The penalty is added to what passes."""


class ActivityPenalty(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        return inputs + self.rate * keras.ops.mean(keras.ops.square(inputs))

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
