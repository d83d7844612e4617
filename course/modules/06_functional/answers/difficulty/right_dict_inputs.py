"""The inputs as a dict by their names."""


def with_difficulty(model, levels):
    inputs = {tensor.name: tensor for tensor in model.inputs}
    trunk = model.get_layer("trunk").output
    difficulty = keras.layers.Dense(levels, name="difficulty", activation=keras.activations.softmax)(trunk)
    return keras.Model(inputs, [*model.outputs, difficulty])
