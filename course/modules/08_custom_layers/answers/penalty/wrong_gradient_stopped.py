"""The gradient is cut off."""


class ActivityPenalty(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        self.add_loss(self.rate * keras.ops.mean(keras.ops.square(keras.ops.stop_gradient(inputs))))
        return inputs

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
