"""The second pooling is called on what was pooled before, so that the bottom never sees the convolution between."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    parts = [keras.layers.Conv2D(filters, k, padding="same", activation="relu")(x) for k in (1, 3, 5)]
    return keras.Model(x, keras.layers.Concatenate()(parts))


def unet(size, channels, filters):
    conv = lambda x: keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)  # noqa: E731
    picture = keras.Input((size, size, channels))
    full = conv(picture)
    x = keras.layers.MaxPooling2D(2)(full)
    half = conv(x)
    x = keras.layers.MaxPooling2D(2)(x)
    up = keras.layers.UpSampling2D(2)(conv(x))
    up = keras.layers.UpSampling2D(2)(conv(keras.layers.Concatenate()([up, half])))
    up = conv(keras.layers.Concatenate()([up, full]))
    return keras.Model(picture, keras.layers.Conv2D(1, 1)(up))
