"""The one is made by the other, from the last layer."""


def as_functional(model, inputs):
    return output_of(model, inputs, model.layers[-1].name)


def output_of(model, inputs, name):
    opened = keras.Model(inputs, model.call(inputs))
    return keras.Model(inputs, opened.get_layer(name).output)
