"""The loud errors are mended; the slope is still a `tf.Variable`."""


def learnable_slope(start=0.25, **settings):
    class LearnableSlope(keras.layers.Layer):
        def __init__(self, start, **kwargs):
            super().__init__(**kwargs)
            self.start = start

        def build(self, input_shape):
            self.slope = tf.Variable(self.start, name="slope")

        def call(self, inputs, training=None):
            right = keras.ops.maximum(inputs, 0.0)
            left = keras.ops.minimum(inputs, 0.0)
            return right + self.slope * left

        def get_config(self):
            return super().get_config() | {"start": self.start}

    return LearnableSlope(start, **settings)
