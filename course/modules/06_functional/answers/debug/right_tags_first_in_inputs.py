"""The inputs in another order: they go by their names."""


def router(words, tags, departments):
    text_body = keras.Input(shape=(48,), name="text_body", dtype="int32")
    tag_row = keras.Input(shape=(tags,), name="tags")
    text_read = keras.ops.mean(keras.layers.Embedding(words, 16)(text_body), axis=-2)
    tags_read = keras.layers.Dense(8, activation=keras.activations.relu)(tag_row)
    both = keras.layers.Concatenate()([text_read, tags_read])
    hidden = keras.layers.Dense(32, activation="relu", name="hidden")(both)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(hidden)
    return keras.Model(inputs=[tag_row, text_body], outputs=[department])
