"""Trunk and heads are a functional model, made when the tags are known."""


class TicketDesk(keras.Model):
    def __init__(self, words, departments, **kwargs):
        super().__init__(**kwargs)
        self.tables = keras.layers.Embedding(words, 16), keras.layers.Embedding(words, 16)
        self.departments = departments

    def call(self, inputs):
        read = [keras.ops.mean(t(inputs[n]), axis=1) for t, n in zip(self.tables, ("title", "text_body"), strict=True)]
        return self.rest(keras.ops.concatenate([*read, inputs["tags"]], axis=1))

    def build(self, input_shape):
        x = keras.Input((32 + input_shape["tags"][-1],))
        trunk = keras.layers.Dense(32, activation="relu")(x)
        priority = keras.layers.Dense(1, activation="sigmoid")(trunk)
        department = keras.layers.Dense(self.departments, activation="softmax")(trunk)
        self.rest = keras.Model(x, {"priority": priority, "department": department})
