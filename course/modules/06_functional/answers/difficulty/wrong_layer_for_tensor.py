"""The layer itself is handed over, not its output."""


def with_difficulty(model, levels):
    difficulty = keras.layers.Dense(levels, activation="softmax", name="difficulty")(model.get_layer("trunk"))
    return keras.Model(model.inputs, [*model.outputs, difficulty])
