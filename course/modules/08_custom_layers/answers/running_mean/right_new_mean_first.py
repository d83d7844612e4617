"""The new mean is computed in both cases, and kept in one."""


class RunningMean(keras.layers.Layer):
    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, input_shape):
        self.mean = self.add_weight(shape=(input_shape[-1],), initializer="zeros", trainable=False)

    def call(self, inputs, training=None):
        mean = keras.ops.convert_to_tensor(self.mean)
        if training:
            mean = self.momentum * mean + (1 - self.momentum) * keras.ops.mean(inputs, axis=0)
            self.mean.assign(mean)
        return inputs - mean

    def get_config(self):
        return super().get_config() | {"momentum": self.momentum}
