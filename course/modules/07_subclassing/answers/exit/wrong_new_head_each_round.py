"""A head of its own for each round."""


class EarlyExit(keras.Model):
    def __init__(self, block, classes, most=3, limit=0.9, **kwargs):
        super().__init__(**kwargs)
        self.block, self.most, self.limit = block, most, limit
        self.heads = [keras.layers.Dense(classes, activation="softmax") for _ in range(most + 1)]

    def call(self, inputs):
        h = inputs
        for head in self.heads[:-1]:
            unsure = keras.ops.max(head(h), axis=1, keepdims=True) < self.limit
            h = keras.ops.where(unsure, self.block(h), h)
        return self.heads[-1](h)
