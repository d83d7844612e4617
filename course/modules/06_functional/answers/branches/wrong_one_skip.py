"""The 5×5 branch is left out of the merge and 3×3 comes twice; the U-Net's skip at half the size is missing."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    one, three, five = (keras.layers.Conv2D(filters, k, padding="same", activation="relu")(x) for k in (1, 3, 5))
    return keras.Model(x, keras.layers.Concatenate()([one, three, three]))


def unet(size, channels, filters):
    conv = lambda x: keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)  # noqa: E731
    x = keras.Input((size, size, channels))
    full = conv(x)
    half = conv(keras.layers.MaxPooling2D(2)(full))
    up = keras.layers.UpSampling2D(2)(conv(keras.layers.MaxPooling2D(2)(half)))
    up = keras.layers.UpSampling2D(2)(conv(up))
    up = conv(keras.layers.Concatenate()([up, full]))
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
