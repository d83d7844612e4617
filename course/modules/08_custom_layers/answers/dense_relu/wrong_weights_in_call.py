"""The weights are made in `call`."""


class DenseReLU(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def call(self, inputs):
        self.kernel = self.add_weight(shape=(inputs.shape[-1], self.units))
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")
        return keras.ops.relu(keras.ops.matmul(inputs, self.kernel) + self.bias)

    def get_config(self):
        return super().get_config() | {"units": self.units}
