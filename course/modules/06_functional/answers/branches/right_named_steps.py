"""Each branch written out, leaky relu; the U-Net merges by Add."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    one = keras.layers.Conv2D(filters, 1, activation="leaky_relu")(x)
    three = keras.layers.Conv2D(filters, 3, padding="same", activation="leaky_relu")(x)
    five = keras.layers.Conv2D(filters, 5, padding="same", activation="leaky_relu")(x)
    return keras.Model(x, keras.layers.concatenate([one, three, five]))


def unet(size, channels, filters):
    x = keras.Input((size, size, channels))
    full = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    half = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(keras.layers.MaxPooling2D()(full))
    low = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(keras.layers.MaxPooling2D()(half))
    up = keras.layers.Add()([keras.layers.UpSampling2D()(low), half])
    up = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(up)
    up = keras.layers.Add()([keras.layers.UpSampling2D()(up), full])
    up = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(up)
    return keras.Model(x, keras.layers.Conv2D(1, 1)(up))
