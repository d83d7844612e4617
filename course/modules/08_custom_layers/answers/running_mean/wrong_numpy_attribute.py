"""The mean is a NumPy array."""


class RunningMean(keras.layers.Layer):
    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, input_shape):
        self.mean = np.zeros(input_shape[-1], "float32")

    def call(self, inputs, training=None):
        if training:
            self.mean = self.momentum * self.mean + (1 - self.momentum) * np.mean(inputs, axis=0)
        return inputs - self.mean

    def get_config(self):
        return super().get_config() | {"momentum": self.momentum}
