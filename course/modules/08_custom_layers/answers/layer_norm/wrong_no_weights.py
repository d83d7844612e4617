"""Normalised, and nothing learned."""


class LayerNorm(keras.layers.Layer):
    def __init__(self, epsilon=0.001, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def call(self, inputs):
        mean = keras.ops.mean(inputs, axis=-1, keepdims=True)
        variance = keras.ops.var(inputs, axis=-1, keepdims=True)
        return (inputs - mean) / keras.ops.sqrt(variance + self.epsilon)

    def get_config(self):
        return super().get_config() | {"epsilon": self.epsilon}
