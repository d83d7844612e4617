"""Its kernel isn't tracked."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = tf.Variable(tf.random.normal([input_shape[-1], self.units]))

    def call(self, bags):
        return tf.reduce_mean(tf.tanh(tf.matmul(bags, self.kernel)), axis=1)

    def get_config(self):
        return super().get_config() | {"units": self.units}
