"""A soft maximum, its temperature learned."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))

    def call(self, bags):
        return keras.ops.logsumexp(keras.ops.matmul(bags, self.kernel), axis=1)

    def get_config(self):
        return super().get_config() | {"units": self.units}
