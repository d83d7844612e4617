"""A dense layer on the way around the branch even where the sizes agree."""


def residual_block(features, units):
    x = keras.Input(shape=(features,))
    branch = keras.layers.Dense(units)(keras.layers.Dense(units, activation="relu")(x))
    return keras.Model(x, keras.layers.Add()([keras.layers.Dense(units)(x), branch]))
