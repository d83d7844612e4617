"""A clone of the model: fresh weights."""


def with_difficulty(model, levels):
    model = keras.models.clone_model(model)
    difficulty = keras.layers.Dense(levels, activation="softmax", name="difficulty")(model.get_layer("trunk").output)
    return keras.Model(model.inputs, [*model.outputs, difficulty])
