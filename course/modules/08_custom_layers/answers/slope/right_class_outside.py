"""The class stands beside the function, registered."""


@keras.saving.register_keras_serializable(package="mine")
class LearnableSlope(keras.layers.Layer):
    def __init__(self, start=0.25, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        self.slope = self.add_weight(name="slope", shape=(), initializer=keras.initializers.Constant(self.start))

    def call(self, inputs):
        return keras.ops.where(keras.ops.greater(inputs, 0), inputs, inputs * self.slope)

    def get_config(self):
        config = super().get_config()
        config.update({"start": self.start})
        return config


def learnable_slope(start=0.25, **settings):
    return LearnableSlope(start=start, **settings)
