"""The squared difference, a hidden layer behind it."""


def matcher(words, length):
    encoder = keras.Sequential(
        [
            keras.Input((length,)),
            keras.layers.Embedding(words, 8),
            keras.layers.Flatten(),
            keras.layers.Dense(20, activation="tanh"),
        ]
    )
    first, second = keras.Input((length,), name="first"), keras.Input((length,), name="second")
    gap = keras.ops.square(encoder(first) - encoder(second))
    hidden = keras.layers.Dense(8, activation="tanh")(gap)
    return keras.Model([first, second], {"same": keras.layers.Dense(1, activation="sigmoid")(hidden)}), encoder
