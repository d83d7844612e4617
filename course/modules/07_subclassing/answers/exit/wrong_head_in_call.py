"""The head is made in `call`."""


class EarlyExit(keras.Model):
    def __init__(self, block, classes, most=3, limit=0.9, **kwargs):
        super().__init__(**kwargs)
        self.block, self.classes, self.most, self.limit = block, classes, most, limit

    def call(self, inputs):
        head = keras.layers.Dense(self.classes, activation="softmax")
        h = inputs
        for _ in range(self.most):
            unsure = keras.ops.max(head(h), axis=1, keepdims=True) < self.limit
            h = keras.ops.where(unsure, self.block(h), h)
        return head(h)
