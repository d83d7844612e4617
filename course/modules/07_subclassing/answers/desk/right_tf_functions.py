"""TensorFlow's functions between the layers."""


class TicketDesk(keras.Model):
    def __init__(self, words, departments, **kwargs):
        super().__init__(**kwargs)
        self.title_table = keras.layers.Embedding(words, 16)
        self.text_table = keras.layers.Embedding(words, 16)
        self.mean = keras.layers.GlobalAveragePooling1D()
        self.beside = keras.layers.Concatenate()
        self.trunk = keras.layers.Dense(32, activation="relu")
        self.priority = keras.layers.Dense(1, activation="sigmoid")
        self.department = keras.layers.Dense(departments, activation="softmax")

    def call(self, inputs):
        title = tf.reduce_mean(self.title_table(inputs["title"]), axis=1)
        text = tf.reduce_mean(self.text_table(inputs["text_body"]), axis=1)
        trunk = self.trunk(tf.concat([title, text, inputs["tags"]], axis=1))
        return {"priority": self.priority(trunk), "department": self.department(trunk)}
