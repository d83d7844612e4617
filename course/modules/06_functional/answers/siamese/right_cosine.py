"""The cosine of the angle between the codes."""


def matcher(words, length):
    tokens = keras.Input((length,))
    x = keras.layers.GlobalMaxPooling1D()(keras.layers.Embedding(words, 16)(tokens))
    encoder = keras.Model(tokens, keras.layers.Dense(16, activation="tanh")(x))
    first, second = keras.Input((length,), name="first"), keras.Input((length,), name="second")
    cosine = keras.layers.Dot(axes=1, normalize=True)([encoder(first), encoder(second)])
    same = keras.layers.Dense(1, activation="sigmoid")(cosine)
    return keras.Model({"first": first, "second": second}, same), encoder
