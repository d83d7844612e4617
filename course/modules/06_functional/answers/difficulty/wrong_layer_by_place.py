"""`layers[4]`, which is not the trunk."""


def with_difficulty(model, levels):
    difficulty = keras.layers.Dense(levels, activation="softmax", name="difficulty")(model.layers[4].output)
    return keras.Model(model.inputs, [*model.outputs, difficulty])
