"""A variable of Keras, not trained."""


class RunningMean(keras.layers.Layer):
    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, input_shape):
        self.mean = keras.Variable(keras.ops.zeros(input_shape[-1:]), trainable=False, name="mean")

    def call(self, inputs, training=None):
        if training:
            batch = keras.ops.mean(inputs, axis=0)
            self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * batch)
        return inputs - self.mean

    def get_config(self):
        return super().get_config() | {"momentum": self.momentum}
