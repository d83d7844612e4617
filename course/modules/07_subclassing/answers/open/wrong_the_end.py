"""Gives the end of the model, whatever the name."""


def as_functional(model, inputs):
    return keras.Model(inputs, model(inputs))


def output_of(model, inputs, name):
    return keras.Model(inputs, model.call(inputs))
