"""Each reading is a Sequential of its own."""


class TicketDesk(keras.Model):
    def __init__(self, words, departments, **kwargs):
        super().__init__(**kwargs)

        def tower():
            return keras.Sequential([keras.layers.Embedding(words, 16), keras.layers.GlobalAveragePooling1D()])

        self.title, self.text = tower(), tower()
        self.trunk = keras.Sequential([keras.layers.Concatenate(), keras.layers.Dense(32), keras.layers.ReLU()])
        self.priority = keras.layers.Dense(1, activation="sigmoid")
        self.department = keras.layers.Dense(departments, activation="softmax")

    def call(self, inputs):
        trunk = self.trunk([self.title(inputs["title"]), self.text(inputs["text_body"]), inputs["tags"]])
        return dict(priority=self.priority(trunk), department=self.department(trunk))
