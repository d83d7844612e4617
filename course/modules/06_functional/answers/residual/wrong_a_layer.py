"""A layer's result on the input, and no model."""


def residual_block(features, units):
    x = keras.Input(shape=(features,))
    branch = keras.layers.Dense(units)(keras.layers.Dense(units, activation="relu")(x))
    shortcut = x if features == units else keras.layers.Dense(units)(x)
    return keras.layers.Add()([shortcut, branch])
