"""The U-Net goes down once only: the second pooling and the first step up are left out."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    parts = [keras.layers.Conv2D(filters, k, padding="same", activation="relu")(x) for k in (1, 3, 5)]
    return keras.Model(x, keras.layers.Concatenate()(parts))


def unet(size, channels, filters):
    conv = lambda x: keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)  # noqa: E731
    x = keras.Input((size, size, channels))
    full = conv(x)
    half = conv(keras.layers.MaxPooling2D(2)(full))
    up = conv(half)
    up = keras.layers.UpSampling2D(2)(conv(keras.layers.Concatenate()([up, half])))
    up = conv(keras.layers.Concatenate()([up, full]))
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
