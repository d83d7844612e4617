"""Dicts for inputs and outputs."""


def router(words, tags, departments):
    inputs = {"text_body": keras.Input((48,), name="text_body"), "tags": keras.Input((tags,), name="tags")}
    text_read = keras.ops.mean(keras.layers.Embedding(words, 16)(inputs["text_body"]), axis=1)
    tags_read = keras.layers.Dense(8, activation="relu")(inputs["tags"])
    hidden = keras.layers.Dense(32, activation="relu")(keras.ops.concatenate([text_read, tags_read], axis=-1))
    department = keras.layers.Dense(departments, activation="softmax")(hidden)
    return keras.Model(inputs=inputs, outputs={"department": department})
