"""The mean of input and branch: at rest, half of the input."""


def residual_block(features, units):
    x = keras.Input(shape=(features,))
    branch = keras.layers.Dense(units)(keras.layers.Dense(units, activation="relu")(x))
    shortcut = x if features == units else keras.layers.Dense(units)(x)
    return keras.Model(x, keras.layers.Average()([shortcut, branch]))
