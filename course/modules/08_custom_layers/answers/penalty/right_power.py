"""The square as a power, the mean as a method of `ops`."""


class ActivityPenalty(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        self.add_loss(keras.ops.mean(inputs**2) * self.rate)
        return inputs

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
