"""A clone with the weights copied: right today, another model tomorrow."""


def with_difficulty(model, levels):
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    difficulty = keras.layers.Dense(levels, activation="softmax", name="difficulty")(twin.get_layer("trunk").output)
    return keras.Model(twin.inputs, [*twin.outputs, difficulty])
