"""The layers are made in `build`."""


class TicketDesk(keras.Model):
    def __init__(self, words, departments, **kwargs):
        super().__init__(**kwargs)
        self.words, self.departments = words, departments

    def call(self, inputs):
        read = [keras.ops.mean(table(inputs[name]), axis=1) for name, table in self.tables.items()]
        trunk = self.trunk(keras.ops.concatenate([*read, inputs["tags"]], axis=1))
        return {"priority": self.priority(trunk), "department": self.department(trunk)}

    def build(self, input_shape):
        self.tables = {name: keras.layers.Embedding(self.words, 16) for name in ("title", "text_body")}
        self.trunk = keras.layers.Dense(32, activation="relu")
        self.priority = keras.layers.Dense(1, activation="sigmoid")
        self.department = keras.layers.Dense(self.departments, activation="softmax")
