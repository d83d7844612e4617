"""Two windows of 3×3 in a row look at 5×5; transposed convolutions go up."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    conv = lambda kernel: keras.layers.Conv2D(filters, kernel, padding="same", activation="relu")  # noqa: E731
    return keras.Model(x, keras.layers.Concatenate()([conv(3)(conv(3)(x)), conv(3)(x), conv(1)(x)]))


def unet(size, channels, filters):
    conv = lambda: keras.layers.Conv2D(filters, 3, padding="same", activation="relu")  # noqa: E731
    grow = lambda: keras.layers.Conv2DTranspose(filters, 2, strides=2)  # noqa: E731
    x = keras.Input((size, size, channels))
    full = conv()(x)
    half = conv()(keras.layers.MaxPooling2D(2)(full))
    up = grow()(conv()(keras.layers.MaxPooling2D(2)(half)))
    up = grow()(conv()(keras.layers.Concatenate()([up, half])))
    up = conv()(keras.layers.Concatenate()([up, full]))
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
