"""Finds the layer among the operations of the graph."""


def as_functional(model, inputs):
    return keras.Model(inputs, model(inputs))


def output_of(model, inputs, name):
    graph = keras.Model(inputs, model.call(inputs))
    for operation in graph.operations:
        if operation.name == name:
            return keras.Model(inputs, operation.output)
