"""Keras' own regulariser, divided by the size."""


class ActivityPenalty(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        penalty = keras.regularizers.L2(self.rate)(inputs)
        self.add_loss(penalty / keras.ops.cast(keras.ops.size(inputs), "float32"))
        return inputs

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
