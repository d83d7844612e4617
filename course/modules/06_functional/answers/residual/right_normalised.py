"""Batch normalisation in the branch."""


def residual_block(features, units):
    x = keras.Input(shape=(features,))
    branch = keras.layers.Dense(units, use_bias=False)(x)
    branch = keras.layers.ReLU()(keras.layers.BatchNormalization()(branch))
    branch = keras.layers.Dense(units)(branch)
    shortcut = x if features == units else keras.layers.Dense(units)(x)
    return keras.Model(x, keras.layers.Add()([shortcut, branch]))
