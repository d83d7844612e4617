"""All three outputs, and the new head reads the department's probabilities."""


def with_difficulty(model, levels):
    difficulty = keras.layers.Dense(levels, activation="softmax", name="difficulty")(model.outputs[1])
    return keras.Model(model.inputs, [*model.outputs, difficulty])
