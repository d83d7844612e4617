"""The branches are added up; the U-Net never goes down."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    return keras.Model(x, keras.layers.Add()([keras.layers.Conv2D(filters, k, padding="same")(x) for k in (1, 3, 5)]))


def unet(size, channels, filters):
    conv = lambda x: keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)  # noqa: E731
    x = keras.Input((size, size, channels))
    full = conv(x)
    half = conv(full)
    up = conv(keras.layers.Concatenate()([conv(half), half]))
    up = conv(keras.layers.Concatenate()([up, full]))
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
