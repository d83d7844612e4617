"""Logits where probabilities are asked for."""


def with_difficulty(model, levels):
    difficulty = keras.layers.Dense(levels, name="difficulty")(model.get_layer("trunk").output)
    return keras.Model(model.inputs, [*model.outputs, difficulty])
