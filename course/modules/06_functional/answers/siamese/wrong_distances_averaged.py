"""A gap for each word, and no pooling before the head: one answer a word."""


def matcher(words, length):
    encoder = keras.Sequential(
        [keras.Input((length,)), keras.layers.Embedding(words, 16), keras.layers.Dense(8, "relu")]
    )
    first, second = keras.Input((length,), name="first"), keras.Input((length,), name="second")
    gap = keras.ops.abs(encoder(first) - encoder(second))
    return keras.Model([first, second], keras.layers.Dense(1, activation="sigmoid")(gap)), encoder
