"""Windows of 2, 4 and 6; the answer of the U-Net has as many channels as filters."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    parts = [keras.layers.Conv2D(filters, k, padding="same", activation="relu")(x) for k in (2, 4, 6)]
    return keras.Model(x, keras.layers.Concatenate()(parts))


def unet(size, channels, filters):
    conv = lambda x: keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)  # noqa: E731
    x = keras.Input((size, size, channels))
    full = conv(x)
    half = conv(keras.layers.MaxPooling2D(2)(full))
    up = keras.layers.UpSampling2D(2)(conv(keras.layers.MaxPooling2D(2)(half)))
    up = conv(keras.layers.Concatenate()([up, half]))
    up = conv(keras.layers.Concatenate()([keras.layers.UpSampling2D(2)(up), full]))
    return keras.Model(x, up)
