"""The dot product, with a bias by a dense layer."""


def matcher(words, length):
    encoder = keras.Sequential(
        [keras.Input((length,)), keras.layers.Embedding(words, 16), keras.layers.GlobalAveragePooling1D()]
    )
    first, second = keras.Input((length,), name="first"), keras.Input((length,), name="second")
    dot = keras.layers.Dot(axes=1)([encoder(first), encoder(second)])
    return keras.Model([first, second], keras.layers.Dense(1, "sigmoid")(dot)), encoder
