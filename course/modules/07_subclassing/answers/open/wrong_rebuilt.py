"""Makes a layer anew for the inner output."""


def as_functional(model, inputs):
    return keras.Model(inputs, model(inputs))


def output_of(model, inputs, name):
    opened = keras.Model(inputs, model.call(inputs))
    layer = opened.get_layer(name)
    fresh = type(layer).from_config(layer.get_config())
    return keras.Model(inputs, fresh(layer.input))
