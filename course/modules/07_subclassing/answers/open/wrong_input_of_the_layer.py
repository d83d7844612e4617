"""What goes into the layer."""


def as_functional(model, inputs):
    return keras.Model(inputs, model(inputs))


def output_of(model, inputs, name):
    opened = keras.Model(inputs, model.call(inputs))
    return keras.Model(inputs, opened.get_layer(name).input)
