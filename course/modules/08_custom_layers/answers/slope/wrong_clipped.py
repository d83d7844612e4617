"""The left side is cut off: a plain ReLU plus a weight that does nothing."""


def learnable_slope(start=0.25, **settings):
    class LearnableSlope(keras.layers.Layer):
        def __init__(self, start, **kwargs):
            super().__init__(**kwargs)
            self.start = start

        def build(self, input_shape):
            start = keras.initializers.Constant(self.start)
            self.slope = self.add_weight(shape=(), initializer=start, name="slope")

        def call(self, inputs, training=None):
            right = keras.ops.maximum(inputs, 0.0)
            left = keras.ops.minimum(inputs, 0.0)
            return right + 0.0 * self.slope * left

        def get_config(self):
            return super().get_config() | {"start": self.start}

    return LearnableSlope(start, **settings)
