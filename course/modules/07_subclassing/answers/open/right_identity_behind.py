"""With a layer behind that changes nothing."""


def as_functional(model, inputs):
    return keras.Model(inputs, keras.layers.Identity()(model(inputs)))


def output_of(model, inputs, name):
    opened = keras.Model(inputs, model.call(inputs))
    tensor = opened.get_layer(name).output
    return keras.Model(inputs, keras.layers.Activation("linear")(tensor))
