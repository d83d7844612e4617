"""A layer inside keeps the mean."""


class Memory(keras.layers.Layer):
    def build(self, shape):
        self.value = self.add_weight(shape=shape[-1:], initializer="zeros", trainable=False)

    def call(self, inputs):
        return self.value + 0.0


class RunningMean(keras.layers.Layer):
    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, input_shape):
        self.memory = Memory()
        self.memory.build(input_shape)

    def call(self, inputs, training=None):
        if training:
            batch = keras.ops.mean(inputs, axis=0)
            self.memory.value.assign(self.momentum * self.memory.value + (1 - self.momentum) * batch)
        return inputs - self.memory(inputs)

    def get_config(self):
        return super().get_config() | {"momentum": self.momentum}
