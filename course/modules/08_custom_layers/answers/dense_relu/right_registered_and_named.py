"""Registered with Keras, the weights named, another initializer for the kernel."""


@keras.saving.register_keras_serializable(package="mine")
class DenseReLU(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="w", shape=(input_shape[-1], self.units), initializer="he_normal")
        self.bias = self.add_weight(name="b", shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        return keras.ops.relu(keras.ops.matmul(inputs, self.kernel) + self.bias)

    def get_config(self):
        return super().get_config() | {"units": self.units}
