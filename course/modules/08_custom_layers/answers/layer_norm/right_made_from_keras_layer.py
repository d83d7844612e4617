"""A subclass of Keras' own layer."""


class LayerNorm(keras.layers.LayerNormalization):
    def __init__(self, epsilon=0.001, **kwargs):
        super().__init__(epsilon=epsilon, **kwargs)
