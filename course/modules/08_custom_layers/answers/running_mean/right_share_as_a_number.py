"""A share of 0 at inference in place of an `if`."""


class RunningMean(keras.layers.Layer):
    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, input_shape):
        self.mean = self.add_weight(shape=(input_shape[-1],), initializer="zeros", trainable=False)

    def call(self, inputs, training=None):
        share = (1 - self.momentum) if training else 0.0
        self.mean.assign((1 - share) * self.mean + share * keras.ops.mean(inputs, axis=0))
        return inputs - self.mean

    def get_config(self):
        return super().get_config() | {"momentum": self.momentum}
