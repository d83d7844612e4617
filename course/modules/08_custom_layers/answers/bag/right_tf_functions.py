"""TensorFlow's functions and weights of its own."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, bags, training=None):
        return tf.reduce_mean(tf.nn.elu(tf.tensordot(bags, self.kernel, 1) + self.bias), axis=1)

    def get_config(self):
        return super().get_config() | {"units": self.units}
