"""The mean squared distance from zero, by Keras' loss."""


class ActivityPenalty(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        distance = keras.losses.MeanSquaredError()(keras.ops.zeros_like(inputs), inputs)
        self.add_loss(self.rate * distance)
        return inputs

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
