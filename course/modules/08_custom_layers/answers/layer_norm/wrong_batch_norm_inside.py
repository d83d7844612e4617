"""BatchNormalization in the place of LayerNormalization."""


class LayerNorm(keras.layers.Layer):
    def __init__(self, epsilon=0.001, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        self.norm = keras.layers.BatchNormalization(epsilon=self.epsilon)
        self.norm.build(input_shape)

    def call(self, inputs):
        return self.norm(inputs, training=True)

    def get_config(self):
        return super().get_config() | {"epsilon": self.epsilon}
