"""NumPy computes in `call`."""


class DenseReLU(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        return np.maximum(np.matmul(inputs, self.kernel) + self.bias, 0)

    def get_config(self):
        return super().get_config() | {"units": self.units}
