"""The inputs as a dict too, and one embedding shared by title and text."""


def ticket_model(words, tags, departments):
    inputs = {
        "title": keras.Input((8,), name="title", dtype="int32"),
        "text_body": keras.Input((48,), name="text_body", dtype="int32"),
        "tags": keras.Input((tags,), name="tags"),
    }
    embedding = keras.layers.Embedding(words, 16)
    read = [keras.ops.mean(embedding(inputs[name]), axis=1) for name in ("title", "text_body")]
    trunk = keras.layers.Dense(32, activation="relu")(keras.ops.concatenate([*read, inputs["tags"]], axis=-1))
    priority = keras.layers.Dense(1, activation="sigmoid")(trunk)
    department = keras.layers.Dense(departments, activation="softmax")(trunk)
    return keras.Model(inputs, {"department": department, "priority": priority})
