"""The branch is built in a loop over its activations."""


def residual_block(features, units):
    inputs = branch = keras.Input(shape=(features,))
    for activation in ("elu", None):
        branch = keras.layers.Dense(units, activation=activation)(branch)
    project = keras.layers.Identity() if features == units else keras.layers.Dense(units)
    return keras.Model(inputs, keras.layers.Add()([project(inputs), branch]))
