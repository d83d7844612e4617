"""The mean is squared, not the inputs."""


class ActivityPenalty(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        self.add_loss(self.rate * keras.ops.square(keras.ops.mean(inputs)))
        return inputs

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
