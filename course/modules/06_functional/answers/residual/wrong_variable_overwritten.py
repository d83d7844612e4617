"""`x` is overwritten on the way: the hidden layer is added, not the input."""


def residual_block(features, units):
    inputs = keras.Input(shape=(features,))
    x = keras.layers.Dense(units, activation="relu")(inputs)
    branch = keras.layers.Dense(units)(x)
    return keras.Model(inputs, keras.layers.Add()([x, branch]))
