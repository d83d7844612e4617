"""Beside the codes, whether the tokens are equal."""


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
    equal = keras.ops.cast(keras.ops.equal(first, second), "float32")
    far = keras.ops.abs(first - second)
    parts = keras.layers.Concatenate()([keras.ops.abs(encoder(first) - encoder(second)), equal, far])
    return keras.Model([first, second], keras.layers.Dense(1, activation="sigmoid")(parts)), encoder
