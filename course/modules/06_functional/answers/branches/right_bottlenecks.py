"""1×1 convolutions before the larger windows, as in the paper; average pooling and a sigmoid in the U-Net."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    conv = lambda kernel: keras.layers.Conv2D(filters, kernel, padding="same", activation="relu")  # noqa: E731
    return keras.Model(x, keras.layers.Concatenate()([conv(1)(x), conv(3)(conv(1)(x)), conv(5)(conv(1)(x))]))


def unet(size, channels, filters):
    conv = lambda: keras.layers.Conv2D(filters, 3, padding="same", activation="relu")  # noqa: E731
    x = keras.Input((size, size, channels))
    full = conv()(x)
    half = conv()(keras.layers.AveragePooling2D(2)(full))
    up = keras.layers.UpSampling2D(2)(conv()(keras.layers.AveragePooling2D(2)(half)))
    up = keras.layers.UpSampling2D(2)(conv()(keras.layers.Concatenate()([half, up])))
    up = conv()(keras.layers.Concatenate()([full, up]))
    return keras.Model(x, keras.layers.Conv2D(1, 1, activation="sigmoid")(up))
