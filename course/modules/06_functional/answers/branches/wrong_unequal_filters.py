"""The 5×5 branch has a filter more and the 1×1 branch one less; one scale only in the U-Net."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    parts = [
        keras.layers.Conv2D(filters + extra, k, padding="same", activation="relu")(x)
        for k, extra in ((1, -1), (3, 0), (5, 1))
    ]
    return keras.Model(x, keras.layers.Concatenate()(parts))


def unet(size, channels, filters):
    conv = lambda x: keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)  # noqa: E731
    x = keras.Input((size, size, channels))
    full = conv(x)
    low = conv(conv(conv(keras.layers.MaxPooling2D(2)(full))))
    up = conv(keras.layers.Concatenate()([keras.layers.UpSampling2D(2)(low), full]))
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
