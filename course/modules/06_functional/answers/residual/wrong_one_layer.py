"""A branch of one layer."""


def residual_block(features, units):
    x = keras.Input(shape=(features,))
    branch = keras.layers.Dense(units, activation="relu")(x)
    shortcut = x if features == units else keras.layers.Dense(units)(x)
    return keras.Model(x, keras.layers.Add()([shortcut, branch]))
