"""tanh between, no biases, keras.ops.add."""


def residual_block(features, units):
    x = keras.Input((features,))
    branch = keras.layers.Dense(units, activation="tanh", use_bias=False)(x)
    branch = keras.layers.Dense(units, use_bias=False)(branch)
    shortcut = x
    if features != units:
        shortcut = keras.layers.Dense(units, use_bias=False)(x)
    return keras.Model(x, keras.ops.add(shortcut, branch))
