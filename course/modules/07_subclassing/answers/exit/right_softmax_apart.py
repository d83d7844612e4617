"""The head gives logits, the softmax stands apart."""


class EarlyExit(keras.Model):
    def __init__(self, block, classes, most=3, limit=0.9, **kwargs):
        super().__init__(**kwargs)
        self.block, self.most, self.limit = block, most, limit
        self.scores = keras.layers.Dense(classes)

    def call(self, inputs):
        h = inputs
        for _ in range(self.most):
            p = keras.ops.softmax(self.scores(h))
            h = keras.ops.where(keras.ops.any(p >= self.limit, axis=1, keepdims=True), h, self.block(h))
        return keras.ops.softmax(self.scores(h))
