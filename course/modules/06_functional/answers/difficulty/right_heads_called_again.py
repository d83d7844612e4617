"""The old heads, called once more on the trunk: shared layers."""


def with_difficulty(model, levels):
    trunk = model.get_layer("trunk").output
    priority = model.get_layer("priority")(trunk)
    department = model.get_layer("department")(trunk)
    difficulty = keras.layers.Dense(levels, activation="softmax")(trunk)
    return keras.Model(model.inputs, {"priority": priority, "department": department, "difficulty": difficulty})
