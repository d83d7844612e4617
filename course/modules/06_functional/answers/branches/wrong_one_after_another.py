"""The windows stand in a chain; the U-Net has no skips."""


def inception(size, channels, filters):
    picture = x = keras.Input((size, size, channels))
    for kernel in (1, 3, 5):
        x = keras.layers.Conv2D(3 * filters, kernel, padding="same", activation="relu")(x)
    return keras.Model(picture, x)


def unet(size, channels, filters):
    conv = lambda x: keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)  # noqa: E731
    x = keras.Input((size, size, channels))
    half = conv(keras.layers.MaxPooling2D(2)(conv(x)))
    up = keras.layers.UpSampling2D(2)(conv(keras.layers.MaxPooling2D(2)(half)))
    up = conv(keras.layers.UpSampling2D(2)(conv(up)))
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
