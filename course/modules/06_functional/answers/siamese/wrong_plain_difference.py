"""The difference without its sign taken away."""


def matcher(words, length):
    encoder = keras.Sequential(
        [
            keras.Input((length,)),
            keras.layers.Embedding(words, 16),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(16, activation="relu"),
        ]
    )
    first, second = keras.Input((length,), name="first"), keras.Input((length,), name="second")
    gap = keras.layers.Subtract()([encoder(first), encoder(second)])
    return keras.Model([first, second], keras.layers.Dense(1, activation="sigmoid")(gap)), encoder
