"""The layers stand in one dict."""


class TicketDesk(keras.Model):
    def __init__(self, words, departments, **kwargs):
        super().__init__(**kwargs)
        self.parts = {
            "title": keras.layers.Embedding(words, 16),
            "text": keras.layers.Embedding(words, 16),
            "trunk": keras.layers.Dense(32, activation="relu"),
            "priority": keras.layers.Dense(1, activation="sigmoid"),
            "department": keras.layers.Dense(departments, activation="softmax"),
        }

    def call(self, inputs):
        title = keras.ops.mean(self.parts["title"](inputs["title"]), axis=1)
        text = keras.ops.mean(self.parts["text"](inputs["text_body"]), axis=1)
        trunk = self.parts["trunk"](keras.ops.concatenate([title, text, inputs["tags"]], axis=1))
        return {name: self.parts[name](trunk) for name in ("priority", "department")}
