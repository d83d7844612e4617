"""The spread in a function of its own."""


class LayerNorm(keras.layers.Layer):
    def __init__(self, epsilon=0.001, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        self.gamma = self.add_weight(shape=(input_shape[-1],), initializer="ones")
        self.beta = self.add_weight(shape=(input_shape[-1],), initializer="zeros")

    def spread(self, centred):
        return keras.ops.sqrt(keras.ops.mean(keras.ops.square(centred), -1, keepdims=True) + self.epsilon)

    def call(self, inputs, training=None):
        centred = inputs - keras.ops.mean(inputs, -1, keepdims=True)
        return keras.ops.add(keras.ops.multiply(self.gamma, centred / self.spread(centred)), self.beta)

    def get_config(self):
        return super().get_config() | {"epsilon": self.epsilon}
