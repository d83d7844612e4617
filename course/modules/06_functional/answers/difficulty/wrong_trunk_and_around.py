"""The new head reads the trunk and, beside it, the raw tags."""


def with_difficulty(model, levels):
    both = keras.layers.Concatenate()([model.get_layer("trunk").output, model.inputs[1]])
    difficulty = keras.layers.Dense(levels, activation="softmax", name="difficulty")(both)
    return keras.Model(model.inputs, [*model.outputs, difficulty])
