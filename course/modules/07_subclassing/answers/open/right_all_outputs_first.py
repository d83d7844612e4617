"""Makes a model of all inner outputs and takes one of them."""


def as_functional(model, inputs):
    return keras.Model(inputs, model(inputs))


def output_of(model, inputs, name):
    opened = keras.Model(inputs, model.call(inputs))
    outs = {layer.name: layer.output for layer in opened.layers}
    return keras.Model(inputs, outs[name])
