"""Two penalties that add up to one."""


class ActivityPenalty(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        half = 0.5 * self.rate * keras.ops.mean(keras.ops.square(inputs))
        self.add_loss([half, half])
        return inputs

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
