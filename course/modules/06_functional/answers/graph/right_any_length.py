"""Inputs of any length, padding masked, maxima instead of means, and a branch for the tags."""


def ticket_model(words, tags, departments):
    title = keras.Input(shape=(None,), name="title")
    text_body = keras.Input(shape=(None,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    embedding = keras.layers.Embedding(words, 16)
    parts = [
        keras.layers.GlobalMaxPooling1D()(embedding(title)),
        keras.layers.GlobalMaxPooling1D()(embedding(text_body)),
    ]
    parts.append(keras.layers.Dense(16, activation="gelu")(tag_row))
    trunk = keras.layers.Dense(32, activation="gelu")(keras.layers.Concatenate()(parts))
    priority = keras.layers.Dense(1, activation="sigmoid", name="priority")(trunk)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(trunk)
    return keras.Model([text_body, tag_row, title], [department, priority])
