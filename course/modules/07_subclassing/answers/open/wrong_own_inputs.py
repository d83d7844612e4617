"""Asks a subclassed model for inputs and outputs."""


def as_functional(model, inputs):
    return keras.Model(model.inputs, model.outputs)


def output_of(model, inputs, name):
    return keras.Model(model.inputs, model.get_layer(name).output)
