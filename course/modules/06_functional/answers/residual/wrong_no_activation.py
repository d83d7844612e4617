"""No activation between: the branch is a single matrix."""


def residual_block(features, units):
    x = keras.Input(shape=(features,))
    branch = keras.layers.Dense(units)(keras.layers.Dense(units)(x))
    shortcut = x if features == units else keras.layers.Dense(units)(x)
    return keras.Model(x, keras.layers.Add()([shortcut, branch]))
