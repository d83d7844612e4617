"""The bias is made before the kernel; the product by einsum."""


class DenseReLU(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.bias = self.add_weight(shape=(self.units,), initializer=keras.initializers.Zeros())
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))

    def call(self, inputs):
        return keras.ops.relu(self.bias + keras.ops.einsum("nc,cu->nu", inputs, self.kernel))

    def get_config(self):
        return super().get_config() | {"units": self.units}
