"""A model that gives the trunk's output, called on the old inputs: its layers are shared."""


def with_difficulty(model, levels):
    features = keras.Model(model.inputs, [model.get_layer("trunk").output, *model.outputs])
    trunk, priority, department = features(model.inputs)
    difficulty = keras.layers.Dense(levels, activation="softmax")(trunk)
    return keras.Model(model.inputs, {"difficulty": difficulty, "priority": priority, "department": department})
