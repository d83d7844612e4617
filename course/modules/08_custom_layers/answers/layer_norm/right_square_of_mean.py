"""The variance as mean of squares less square of mean."""


class LayerNorm(keras.layers.Layer):
    def __init__(self, epsilon=0.001, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        self.gamma = self.add_weight(shape=(input_shape[-1],), initializer="ones")
        self.beta = self.add_weight(shape=(input_shape[-1],), initializer="zeros")

    def call(self, inputs):
        m = keras.ops.mean(inputs, axis=-1, keepdims=True)
        centred = inputs - m
        v = keras.ops.mean(centred * centred, axis=-1, keepdims=True) - keras.ops.mean(centred, -1, keepdims=True) ** 2
        return self.gamma * centred / (v + self.epsilon) ** 0.5 + self.beta

    def get_config(self):
        return super().get_config() | {"epsilon": self.epsilon}
