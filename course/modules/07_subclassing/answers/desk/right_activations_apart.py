"""Activations are functions, called apart from the dense layers."""


class TicketDesk(keras.Model):
    def __init__(self, words, departments, **kwargs):
        super().__init__(**kwargs)
        self.title_table = keras.layers.Embedding(words, 16)
        self.text_table = keras.layers.Embedding(words, 16)
        self.mean = keras.layers.GlobalAveragePooling1D()
        self.beside = keras.layers.Concatenate()
        self.trunk = keras.layers.Dense(32)
        self.priority = keras.layers.Dense(1)
        self.department = keras.layers.Dense(departments)

    def call(self, inputs):
        title = self.mean(self.title_table(inputs["title"]))
        text = self.mean(self.text_table(inputs["text_body"]))
        trunk = keras.ops.relu(self.trunk(self.beside([title, text, inputs["tags"]])))
        return {
            "priority": keras.ops.sigmoid(self.priority(trunk)),
            "department": keras.ops.softmax(self.department(trunk)),
        }
