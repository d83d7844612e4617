"""A one-dimensional convolution reads the titles, a Lambda layer compares."""


def matcher(words, length):
    tokens = keras.Input((length,), dtype="int32")
    x = keras.layers.Conv1D(8, 3, padding="same", activation="tanh")(keras.layers.Embedding(words, 6)(tokens))
    encoder = keras.Model(tokens, keras.layers.GlobalMaxPooling1D()(x))
    first, second = keras.Input((length,), name="first"), keras.Input((length,), name="second")
    gap = keras.layers.Lambda(lambda pair: keras.ops.abs(pair[0] - pair[1]))([encoder(first), encoder(second)])
    return keras.Model([first, second], keras.layers.Dense(1, activation="sigmoid")(gap)), encoder
