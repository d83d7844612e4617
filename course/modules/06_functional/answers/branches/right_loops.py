"""Loops over the scales, with a list of what was kept; keras.ops merges."""


def inception(size, channels, filters):
    x = keras.Input((size, size, channels))
    found = []
    for kernel in (5, 3, 1):
        found.append(keras.layers.Conv2D(filters, (kernel, kernel), padding="same", activation="relu")(x))
    return keras.Model(x, keras.ops.concatenate(found, axis=-1))


def unet(size, channels, filters):
    inputs = x = keras.Input((size, size, channels))
    kept = []
    for _ in range(2):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        kept.append(x)
        x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    while kept:
        x = keras.ops.concatenate([keras.layers.UpSampling2D(2)(x), kept.pop()], axis=-1)
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return keras.Model(inputs, keras.layers.Conv2D(1, 1)(x))
