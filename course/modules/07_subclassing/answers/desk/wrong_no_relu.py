"""The trunk has no activation."""


class TicketDesk(keras.Model):
    def __init__(self, words, departments, **kwargs):
        super().__init__(**kwargs)
        self.title_table = keras.layers.Embedding(words, 16)
        self.text_table = keras.layers.Embedding(words, 16)
        self.mean = keras.layers.GlobalAveragePooling1D()
        self.beside = keras.layers.Concatenate()
        self.trunk = keras.layers.Dense(32)
        self.priority = keras.layers.Dense(1, activation="sigmoid")
        self.department = keras.layers.Dense(departments, activation="softmax")

    def call(self, inputs):
        title = self.mean(self.title_table(inputs["title"]))
        text = self.mean(self.text_table(inputs["text_body"]))
        trunk = self.trunk(self.beside([title, text, inputs["tags"]]))
        return {"priority": self.priority(trunk), "department": self.department(trunk)}
