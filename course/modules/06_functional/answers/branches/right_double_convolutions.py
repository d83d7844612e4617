"""Two convolutions at the full size; the branches of the first model without activations."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    return keras.Model(
        x, keras.layers.Concatenate()([keras.layers.Conv2D(filters, k, padding="same")(x) for k in (1, 3, 5)])
    )


def unet(size, channels, filters):
    def convolved(x):
        return keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)

    x = keras.Input((size, size, channels))
    full = convolved(convolved(x))
    half = convolved(keras.layers.MaxPooling2D(2)(full))
    up = keras.layers.UpSampling2D(2)(convolved(keras.layers.MaxPooling2D(2)(half)))
    up = convolved(keras.layers.Concatenate()([up, half]))
    up = convolved(keras.layers.Concatenate()([keras.layers.UpSampling2D(2)(up), full]))
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
