"""A hidden layer and a dropout in the new head."""


def with_difficulty(model, levels):
    x = model.get_layer("trunk").output
    x = keras.layers.Dropout(0.2)(keras.layers.Dense(12, activation="tanh")(x))
    difficulty = keras.layers.Dense(levels, activation="softmax", name="difficulty")(x)
    return keras.Model(inputs=model.inputs, outputs=model.outputs + [difficulty])
