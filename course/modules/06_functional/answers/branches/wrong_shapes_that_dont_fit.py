"""One branch has strides; the U-Net merges tensors of different sizes."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    one = keras.layers.Conv2D(filters, 1, activation="relu")(x)
    three = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    five = keras.layers.Conv2D(filters, 5, padding="same", strides=2, activation="relu")(x)
    return keras.Model(x, keras.layers.Concatenate()([one, three, five]))


def unet(size, channels, filters):
    conv = lambda x: keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)  # noqa: E731
    x = keras.Input((size, size, channels))
    full = conv(x)
    half = conv(keras.layers.MaxPooling2D(2)(full))
    up = conv(keras.layers.MaxPooling2D(2)(half))
    up = conv(keras.layers.Concatenate()([up, half]))
    up = conv(keras.layers.Concatenate()([up, full]))
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
