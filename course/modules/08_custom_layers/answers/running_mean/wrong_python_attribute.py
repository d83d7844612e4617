"""The mean is an attribute that holds a tensor."""


class RunningMean(keras.layers.Layer):
    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, input_shape):
        self.mean = keras.ops.zeros((input_shape[-1],))

    def call(self, inputs, training=None):
        if training:
            self.mean = self.momentum * self.mean + (1 - self.momentum) * keras.ops.mean(inputs, axis=0)
        return inputs - self.mean

    def get_config(self):
        return super().get_config() | {"momentum": self.momentum}
