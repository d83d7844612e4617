"""Mean and variance by `moments`, the scale by `rsqrt`."""


class LayerNorm(keras.layers.Layer):
    def __init__(self, epsilon=0.001, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        self.gamma = self.add_weight(shape=(input_shape[-1],), initializer="ones")
        self.beta = self.add_weight(shape=(input_shape[-1],), initializer="zeros")

    def call(self, inputs):
        mean, variance = keras.ops.moments(inputs, axes=[-1], keepdims=True)
        return (inputs - mean) * keras.ops.rsqrt(variance + self.epsilon) * self.gamma + self.beta

    def get_config(self):
        return super().get_config() | {"epsilon": self.epsilon}
