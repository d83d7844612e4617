"""Names for the arguments, and another name for the class."""


def as_functional_inside(model, inputs):
    return keras.Model(inputs, model.call(inputs))


def as_functional(model, inputs):
    return keras.models.Model(inputs=inputs, outputs=model(inputs), name="view")


def output_of(model, inputs, name):
    graph = as_functional_inside(model, inputs)
    (layer,) = [layer for layer in graph.layers if layer.name == name]
    return keras.models.Model(inputs=inputs, outputs=layer.output)
