"""New inputs of the same names: the graph isn't connected to them."""


def with_difficulty(model, levels):
    inputs = [keras.Input(tensor.shape[1:], name=tensor.name) for tensor in model.inputs]
    difficulty = keras.layers.Dense(levels, activation="softmax", name="difficulty")(model.get_layer("trunk").output)
    return keras.Model(inputs, [*model.outputs, difficulty])
