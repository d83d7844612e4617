"""Registered; the update in a method of its own."""


@keras.saving.register_keras_serializable()
class RunningMean(keras.layers.Layer):
    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, input_shape):
        self.mean = self.add_weight(shape=(input_shape[-1],), initializer="zeros", trainable=False)

    def follow(self, inputs):
        rows = keras.ops.cast(keras.ops.shape(inputs)[0], "float32")
        batch = keras.ops.sum(inputs, axis=0) / rows
        self.mean.assign(keras.ops.add(self.mean * self.momentum, batch * (1 - self.momentum)))

    def call(self, inputs, training=None):
        if training is True:
            self.follow(inputs)
        return keras.ops.subtract(inputs, self.mean)

    def get_config(self):
        return super().get_config() | {"momentum": self.momentum}
