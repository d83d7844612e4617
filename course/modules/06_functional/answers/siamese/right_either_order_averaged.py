"""A comparison that isn't symmetric, made in both orders and averaged."""


def matcher(words, length):
    encoder = keras.Sequential(
        [
            keras.Input((length,)),
            keras.layers.Embedding(words, 16),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(12, activation="tanh"),
        ]
    )
    compare = keras.Sequential([keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1, activation="sigmoid")])
    first, second = keras.Input((length,), name="first"), keras.Input((length,), name="second")
    a, b = encoder(first), encoder(second)
    one, other = compare(keras.ops.concatenate([a, b], axis=1)), compare(keras.ops.concatenate([b, a], axis=1))
    return keras.Model([first, second], keras.layers.Average()([one, other])), encoder
