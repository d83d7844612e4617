"""Strides instead of pooling, dilation instead of a larger window."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    one = keras.layers.Conv2D(filters, 1, activation="relu")(x)
    three = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    five = keras.layers.Conv2D(filters, 3, padding="same", dilation_rate=2, activation="relu")(x)
    return keras.Model(x, keras.layers.Concatenate()([one, three, five]))


def unet(size, channels, filters):
    def conv(x, **more):
        return keras.layers.Conv2D(filters, 3, padding="same", activation="relu", **more)(x)

    x = keras.Input((size, size, channels))
    full = conv(x)
    half = conv(full, strides=2)
    up = keras.layers.UpSampling2D(2, interpolation="bilinear")(conv(half, strides=2))
    up = conv(keras.layers.Concatenate()([up, half]))
    up = conv(keras.layers.Concatenate()([keras.layers.UpSampling2D(2)(up), full]))
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
