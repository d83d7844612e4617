"""Computed by NumPy, as a Python number."""


class ActivityPenalty(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        self.add_loss(float(self.rate * np.mean(np.square(inputs))))
        return inputs

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
