"""The new output has no name."""


def with_difficulty(model, levels):
    difficulty = keras.layers.Dense(levels, activation="softmax")(model.get_layer("trunk").output)
    return keras.Model(model.inputs, [*model.outputs, difficulty])
