"""A pooling layer for the mean."""


def router(words, tags, departments):
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    text_read = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(text_body))
    tags_read = keras.layers.Dense(8, activation="relu")(tag_row)
    hidden = keras.layers.Dense(32, activation="relu")(keras.layers.Concatenate()([text_read, tags_read]))
    department = keras.layers.Dense(departments, activation="softmax", name="department")(hidden)
    return keras.Model(inputs=[text_body, tag_row], outputs=department)
