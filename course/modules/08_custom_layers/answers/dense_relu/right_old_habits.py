"""`training` in the signature, `built`, and a shape method: needless and harmless."""


class DenseReLU(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")
        self.built = True

    def call(self, inputs, training=None):
        outputs = keras.ops.matmul(inputs, self.kernel)
        outputs = keras.ops.add(outputs, self.bias)
        return keras.activations.relu(outputs)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return super().get_config() | {"units": self.units}
