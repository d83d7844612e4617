"""The dense layers are made in `call`."""


class TicketDesk(keras.Model):
    def __init__(self, words, departments, **kwargs):
        super().__init__(**kwargs)
        self.words, self.departments = words, departments
        self.title_table = keras.layers.Embedding(words, 16)
        self.text_table = keras.layers.Embedding(words, 16)

    def call(self, inputs):
        title = keras.ops.mean(self.title_table(inputs["title"]), axis=1)
        text = keras.ops.mean(self.text_table(inputs["text_body"]), axis=1)
        trunk = keras.layers.Dense(32, activation="relu")(keras.ops.concatenate([title, text, inputs["tags"]], axis=1))
        priority = keras.layers.Dense(1, activation="sigmoid")(trunk)
        return {"priority": priority, "department": keras.layers.Dense(self.departments, activation="softmax")(trunk)}
