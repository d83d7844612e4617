"""Absolute difference, product and sum, side by side."""


def matcher(words, length):
    encoder = keras.Sequential(
        [
            keras.Input((length,)),
            keras.layers.Embedding(words, 16),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(10, activation="tanh"),
        ],
        name="reader",
    )
    first, second = keras.Input((length,), name="first"), keras.Input((length,), name="second")
    a, b = encoder(first), encoder(second)
    parts = [keras.ops.abs(a - b), a * b, a + b]
    return keras.Model(
        [first, second], keras.layers.Dense(1, activation="sigmoid")(keras.ops.concatenate(parts, 1))
    ), encoder
