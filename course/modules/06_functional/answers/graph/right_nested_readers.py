"""Two small Sequential models read title and text, and are layers of the desk."""


def reader(words, length, name):
    return keras.Sequential(
        [keras.Input((length,)), keras.layers.Embedding(words, 16), keras.layers.GlobalAveragePooling1D()], name=name
    )


def ticket_model(words, tags, departments):
    title = keras.Input(shape=(8,), name="title")
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    x = keras.layers.Concatenate()(
        [reader(words, 8, "read_title")(title), reader(words, 48, "read_text")(text_body), tag_row]
    )
    x = keras.layers.Dense(32, activation="relu")(x)
    priority = keras.layers.Dense(1, activation="sigmoid", name="priority")(x)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(x)
    return keras.Model([title, text_body, tag_row], [priority, department])
