"""`shape=(tags)` is a number, not a tuple."""


def ticket_model(words, tags, departments):
    title = keras.Input(shape=(8,), name="title")
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags), name="tags")
    a = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(title))
    b = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(text_body))
    trunk = keras.layers.Dense(32, activation="relu")(keras.layers.Concatenate()([a, b, tag_row]))
    priority = keras.layers.Dense(1, activation="sigmoid", name="priority")(trunk)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(trunk)
    return keras.Model(inputs=[title, text_body, tag_row], outputs=[priority, department])
