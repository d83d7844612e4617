"""A branch begins where another ends; what was kept is overwritten before it is merged."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    one = keras.layers.Conv2D(filters, 1, padding="same", activation="relu")(x)
    three = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(one)
    five = keras.layers.Conv2D(filters, 5, padding="same", activation="relu")(three)
    return keras.Model(x, keras.layers.Concatenate()([one, three, five]))


def unet(size, channels, filters):
    conv = lambda x: keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)  # noqa: E731
    x = keras.Input((size, size, channels))
    half = conv(keras.layers.MaxPooling2D(2)(conv(x)))
    up = half = keras.layers.UpSampling2D(2)(conv(keras.layers.MaxPooling2D(2)(half)))
    up = conv(keras.layers.Concatenate()([up, half]))
    up = full = keras.layers.UpSampling2D(2)(up)
    up = conv(keras.layers.Concatenate()([up, full]))
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
