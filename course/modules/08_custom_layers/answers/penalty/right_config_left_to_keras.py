"""No `get_config`: Keras notes a plain argument by itself."""


class ActivityPenalty(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        squares = keras.ops.square(inputs)
        self.add_loss(keras.ops.mean(self.rate * squares))
        return inputs
