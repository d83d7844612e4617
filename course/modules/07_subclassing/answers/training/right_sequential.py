"""A Sequential: Keras hands `training` on by itself."""


def guarded(inner, units):
    return keras.Sequential([keras.layers.Dense(units, activation="relu"), inner, keras.layers.Dense(1)])
