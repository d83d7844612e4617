"""A loop of the graph."""


class EarlyExit(keras.Model):
    def __init__(self, block, classes, most=3, limit=0.9, **kwargs):
        super().__init__(**kwargs)
        self.block, self.most, self.limit = block, most, limit
        self.head = keras.layers.Dense(classes, activation="softmax")

    def call(self, inputs):
        self.head(inputs)  # both have their weights before the loop begins
        if not self.block.built:
            self.block(inputs)

        def unsure(h):
            return keras.ops.max(self.head(h), axis=1, keepdims=True) < self.limit

        def go_on(step, h):
            return keras.ops.logical_and(step < self.most, keras.ops.any(unsure(h)))

        def once(step, h):
            return step + 1, keras.ops.where(unsure(h), self.block(h), h)

        _, h = keras.ops.while_loop(go_on, once, (0, keras.ops.convert_to_tensor(inputs)))
        return self.head(h)
