"""A one-dimensional convolution reads the text, no trunk behind the merge but a second merge."""


def ticket_model(words, tags, departments):
    title = keras.Input(shape=(8,), name="title")
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    a = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(title))
    b = keras.layers.Conv1D(24, 3, padding="same", activation="relu")(keras.layers.Embedding(words, 16)(text_body))
    b = keras.layers.GlobalMaxPooling1D()(b)
    x = keras.layers.Concatenate()([keras.layers.Concatenate()([a, b]), tag_row])
    priority = keras.layers.Dense(1, activation="sigmoid", name="priority")(x)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(x)
    return keras.Model([title, text_body, tag_row], [priority, department])
