"""Asks the model's own layer, once its `call` has run."""


def as_functional(model, inputs):
    return keras.Model(inputs, model(inputs))


def output_of(model, inputs, name):
    model.call(inputs)
    return keras.Model(inputs, model.get_layer(name).output)
