"""The new output comes first."""


def with_difficulty(model, levels):
    trunk = model.get_layer("trunk").output
    difficulty = keras.layers.Dense(levels, activation="softmax", name="difficulty")(trunk)
    return keras.Model(model.inputs, [difficulty, *model.outputs])
