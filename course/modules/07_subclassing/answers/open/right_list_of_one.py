"""Outputs in a list of one."""


def as_functional(model, inputs):
    return keras.Model(inputs, [model(inputs)])


def output_of(model, inputs, name):
    end = model.call(inputs)
    graph = keras.Model(inputs, end)
    return keras.Model(graph.input, [graph.get_layer(name).output])
