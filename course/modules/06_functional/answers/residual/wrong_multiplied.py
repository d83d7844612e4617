"""Multiply for Add."""


def residual_block(features, units):
    x = keras.Input(shape=(features,))
    branch = keras.layers.Dense(units)(keras.layers.Dense(units, activation="relu")(x))
    shortcut = x if features == units else keras.layers.Dense(units)(x)
    return keras.Model(x, keras.layers.Multiply()([shortcut, branch]))
