"""The slope needs no input's shape, and is made in `__init__`."""


def learnable_slope(start=0.25, **settings):
    class LearnableSlope(keras.layers.Layer):
        def __init__(self, start, **kwargs):
            super().__init__(**kwargs)
            self.start = start
            start = keras.initializers.Constant(start)
            self.slope = self.add_weight(shape=(), initializer=start)

        def call(self, inputs, training=None):
            right = keras.ops.maximum(inputs, 0.0)
            left = keras.ops.minimum(inputs, 0.0)
            return right + self.slope * left

        def get_config(self):
            return super().get_config() | {"start": self.start}

    return LearnableSlope(start, **settings)
