"""Epsilon is added to the standard deviation."""


class LayerNorm(keras.layers.Layer):
    def __init__(self, epsilon=0.001, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        self.gamma = self.add_weight(shape=(input_shape[-1],), initializer="ones")
        self.beta = self.add_weight(shape=(input_shape[-1],), initializer="zeros")

    def call(self, inputs):
        mean = keras.ops.mean(inputs, axis=-1, keepdims=True)
        variance = keras.ops.var(inputs, axis=-1, keepdims=True)
        return self.gamma * (inputs - mean) / (keras.ops.sqrt(variance) + self.epsilon) + self.beta

    def get_config(self):
        return super().get_config() | {"epsilon": self.epsilon}
