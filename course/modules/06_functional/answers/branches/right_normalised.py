"""Batch normalisation behind each convolution of the U-Net."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    parts = [keras.layers.Conv2D(filters, k, padding="same", activation="gelu")(x) for k in (1, 3, 5)]
    return keras.Model(x, keras.layers.Concatenate(axis=-1)(parts))


def unet(size, channels, filters):
    def conv(x):
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        return keras.layers.ReLU()(keras.layers.BatchNormalization()(x))

    x = keras.Input((size, size, channels))
    full = conv(x)
    half = conv(keras.layers.MaxPooling2D(2)(full))
    up = keras.layers.UpSampling2D(2)(conv(keras.layers.MaxPooling2D(2)(half)))
    up = conv(keras.layers.Concatenate()([up, half]))
    up = conv(keras.layers.Concatenate()([keras.layers.UpSampling2D(2)(up), full]))
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
