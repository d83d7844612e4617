"""Keras' PReLU with one slope for all axes."""


def learnable_slope(start=0.25, **settings):
    class LearnableSlope(keras.layers.Layer):
        def __init__(self, start, **kwargs):
            super().__init__(**kwargs)
            self.start = start

        def build(self, input_shape):
            start = keras.initializers.Constant(self.start)
            self.inner = keras.layers.PReLU(start, shared_axes=list(range(1, len(input_shape))))
            self.inner.build(input_shape)

        def call(self, inputs):
            return self.inner(inputs)

        def get_config(self):
            return super().get_config() | {"start": self.start}

    return LearnableSlope(start, **settings)
