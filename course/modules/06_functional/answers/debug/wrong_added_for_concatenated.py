"""Only the first eight numbers of the text are kept, so that they can be added to the tags."""


def router(words, tags, departments):
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    embedded = keras.layers.Embedding(words, 16)(text_body)
    text_read = keras.ops.mean(embedded, axis=1)
    tags_read = keras.layers.Dense(8, activation="relu")(tag_row)
    both = keras.layers.Add()([text_read[:, :8], tags_read])
    hidden = keras.layers.Dense(32, activation="relu")(both)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(hidden)
    return keras.Model(inputs=[text_body, tag_row], outputs=department)
