"""`add_update`, which is gone."""


class RunningMean(keras.layers.Layer):
    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, input_shape):
        self.mean = self.add_weight(shape=(input_shape[-1],), initializer="zeros", trainable=False)

    def call(self, inputs, training=None):
        if training:
            batch = keras.ops.mean(inputs, axis=0)
            self.add_update((self.mean, self.momentum * self.mean + (1 - self.momentum) * batch))
        return inputs - self.mean

    def get_config(self):
        return super().get_config() | {"momentum": self.momentum}
