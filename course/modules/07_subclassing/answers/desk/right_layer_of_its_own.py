"""A custom layer reads tokens."""


class Read(keras.layers.Layer):
    def __init__(self, words):
        super().__init__()
        self.table = keras.layers.Embedding(words, 16)

    def call(self, tokens):
        return keras.ops.mean(self.table(tokens), axis=1)


class TicketDesk(keras.Model):
    def __init__(self, words, departments, **kwargs):
        super().__init__(**kwargs)
        self.title, self.text = Read(words), Read(words)
        self.trunk = keras.layers.Dense(32, activation="relu")
        self.priority = keras.layers.Dense(1, activation="sigmoid")
        self.department = keras.layers.Dense(departments, activation="softmax")

    def call(self, inputs):
        beside = [self.title(inputs["title"]), self.text(inputs["text_body"]), inputs["tags"]]
        trunk = self.trunk(keras.ops.concatenate(beside, axis=-1))
        return {"priority": self.priority(trunk), "department": self.department(trunk)}
