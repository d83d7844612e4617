"""Right numbers, row by row in Python."""


class EarlyExit(keras.Model):
    def __init__(self, block, classes, most=3, limit=0.9, **kwargs):
        super().__init__(**kwargs)
        self.block, self.most, self.limit = block, most, limit
        self.head = keras.layers.Dense(classes, activation="softmax")

    def call(self, inputs):
        answers = []
        for i in range(len(inputs)):
            h = inputs[i : i + 1]
            for _ in range(self.most):
                if float(keras.ops.max(self.head(h))) >= self.limit:
                    break
                h = self.block(h)
            answers.append(self.head(h))
        return keras.ops.concatenate(answers, axis=0)
