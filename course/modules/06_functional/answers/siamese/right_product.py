"""The product of the two codes."""


def matcher(words, length):
    encoder = keras.Sequential(
        [
            keras.Input((length,)),
            keras.layers.Embedding(words, 24),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(12),
        ]
    )
    first, second = keras.Input((length,), name="first"), keras.Input((length,), name="second")
    both = keras.layers.Multiply()([encoder(first), encoder(second)])
    return keras.Model([first, second], keras.layers.Dense(1, activation="sigmoid")(both)), encoder
