"""A model class that calls its encoder twice; a list comes back."""


class Matcher(keras.Model):
    def __init__(self, encoder):
        super().__init__()
        self.encoder, self.head = encoder, keras.layers.Dense(1, activation="sigmoid")

    def call(self, inputs):
        return self.head(keras.ops.abs(self.encoder(inputs["first"]) - self.encoder(inputs["second"])))


def matcher(words, length):
    encoder = keras.Sequential(
        [
            keras.Input((length,)),
            keras.layers.Embedding(words, 16),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(16, activation="tanh"),
        ]
    )
    return [Matcher(encoder), encoder]
