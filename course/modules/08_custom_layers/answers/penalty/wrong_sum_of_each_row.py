"""The sum along a row, its mean over the rows."""


class ActivityPenalty(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        squares = keras.ops.sum(keras.ops.square(inputs), axis=list(range(1, len(inputs.shape))))
        self.add_loss(self.rate * keras.ops.mean(squares))
        return inputs

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
