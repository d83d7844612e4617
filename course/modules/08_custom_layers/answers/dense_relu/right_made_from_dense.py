"""A subclass of Dense that fixes the activation."""


class DenseReLU(keras.layers.Dense):
    def __init__(self, units, **kwargs):
        kwargs["activation"] = "relu"
        super().__init__(units, **kwargs)
