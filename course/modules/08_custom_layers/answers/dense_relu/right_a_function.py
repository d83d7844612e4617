"""A function that returns Keras' own layer."""


def DenseReLU(units, **kwargs):
    return keras.layers.Dense(units, activation=keras.activations.relu, **kwargs)
