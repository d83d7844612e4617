"""Two dense layers, and the input is gone."""


def residual_block(features, units):
    x = keras.Input(shape=(features,))
    branch = keras.layers.Dense(units, activation="relu")(x)
    return keras.Model(x, keras.layers.Dense(units)(branch))
