"""Variables of Keras, which it tracks when they become attributes."""


class DenseReLU(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = keras.Variable(keras.random.normal((input_shape[-1], self.units), stddev=0.1))
        self.bias = keras.Variable(keras.ops.zeros((self.units,)))

    def call(self, inputs):
        return keras.ops.relu(keras.ops.matmul(inputs, self.kernel) + self.bias)

    def get_config(self):
        return super().get_config() | {"units": self.units}
