"""The distance itself, which is no probability."""


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
    gap = keras.ops.sum(keras.ops.abs(encoder(first) - encoder(second)), axis=1, keepdims=True)
    return keras.Model([first, second], gap), encoder
