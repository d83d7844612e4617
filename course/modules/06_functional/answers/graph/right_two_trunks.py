"""Each head with a trunk of its own, on the same features."""


def ticket_model(words, tags, departments):
    title = keras.Input(shape=(8,), name="title")
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    a = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(title))
    b = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(text_body))
    side_by_side = keras.layers.Concatenate()([a, b, tag_row])
    one = keras.layers.Dense(24, activation="relu")(side_by_side)
    two = keras.layers.Dense(24, activation="relu")(side_by_side)
    priority = keras.layers.Dense(1, activation="sigmoid", name="priority")(one)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(two)
    return keras.Model(inputs=[title, text_body, tag_row], outputs=[priority, department])
