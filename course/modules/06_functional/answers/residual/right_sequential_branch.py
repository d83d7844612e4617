"""The branch is a Sequential of its own."""


def residual_block(features, units):
    branch = keras.Sequential([keras.layers.Dense(units, activation="gelu"), keras.layers.Dense(units)])
    x = keras.Input(shape=(features,))
    shortcut = x if features == units else keras.layers.Dense(units, name="projection")(x)
    return keras.Model(x, keras.layers.add([shortcut, branch(x)]))
