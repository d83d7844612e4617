"""Two encoders with weights of their own."""


def matcher(words, length):
    def tower():
        return keras.Sequential(
            [
                keras.Input((length,)),
                keras.layers.Embedding(words, 16),
                keras.layers.GlobalAveragePooling1D(),
                keras.layers.Dense(16, activation="relu"),
            ]
        )

    one, two = tower(), tower()
    first, second = keras.Input((length,), name="first"), keras.Input((length,), name="second")
    gap = keras.ops.abs(one(first) - two(second))
    return keras.Model([first, second], keras.layers.Dense(1, activation="sigmoid")(gap)), one
