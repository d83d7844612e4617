"""Two convolutions at each scale, as the paper has them, and transposed convolutions on the way up."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    parts = [keras.layers.Conv2D(filters, k, padding="same", activation="relu")(x) for k in (1, 3, 5)]
    return keras.Model(x, keras.layers.Concatenate()(parts))


def unet(size, channels, filters):
    def twice(x):
        for _ in range(2):
            x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        return x

    def grown(x):
        return keras.layers.Conv2DTranspose(filters, 2, strides=2)(x)

    x = keras.Input((size, size, channels))
    full = twice(x)
    half = twice(keras.layers.MaxPooling2D(2)(full))
    up = grown(twice(keras.layers.MaxPooling2D(2)(half)))
    up = twice(keras.layers.Concatenate()([up, half]))
    up = twice(keras.layers.Concatenate()([grown(up), full]))
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
