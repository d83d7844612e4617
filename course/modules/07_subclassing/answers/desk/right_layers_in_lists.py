"""The tables and the heads stand in lists."""


class TicketDesk(keras.Model):
    def __init__(self, words, departments, **kwargs):
        super().__init__(**kwargs)
        self.tables = [keras.layers.Embedding(words, 16) for _ in range(2)]
        self.trunk = keras.layers.Dense(32, activation="relu")
        self.heads = [
            keras.layers.Dense(departments, activation="softmax"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]

    def call(self, inputs):
        tokens = [inputs["title"], inputs["text_body"]]
        read = [keras.ops.mean(table(part), axis=1) for table, part in zip(self.tables, tokens, strict=True)]
        trunk = self.trunk(keras.ops.concatenate([*read, inputs["tags"]], axis=-1))
        department, priority = (head(trunk) for head in self.heads)
        return {"department": department, "priority": priority}
