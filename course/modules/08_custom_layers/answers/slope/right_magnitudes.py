"""Half the sum and half the difference of the sides."""


def learnable_slope(start=0.25, **settings):
    class LearnableSlope(keras.layers.Layer):
        def __init__(self, start, **kwargs):
            super().__init__(**kwargs)
            self.start = start

        def build(self, input_shape):
            start = keras.initializers.Constant(self.start)
            self.slope = self.add_weight(shape=(), initializer=start, name="slope")

        def call(self, inputs):
            return 0.5 * (1 + self.slope) * inputs + 0.5 * (1 - self.slope) * keras.ops.abs(inputs)

        def get_config(self):
            return super().get_config() | {"start": self.start}

    return LearnableSlope(start, **settings)
