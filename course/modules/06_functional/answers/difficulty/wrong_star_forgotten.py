"""The star is forgotten: a list in a list."""


def with_difficulty(model, levels):
    difficulty = keras.layers.Dense(levels, activation="softmax", name="difficulty")(model.get_layer("trunk").output)
    return keras.Model(model.inputs, [model.outputs, difficulty])
