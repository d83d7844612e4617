"""The embedded words laid out in a row instead of their mean."""


def ticket_model(words, tags, departments):
    title = keras.Input(shape=(8,), name="title")
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    a = keras.layers.Flatten()(keras.layers.Embedding(words, 8)(title))
    b = keras.layers.Flatten()(keras.layers.Embedding(words, 8)(text_body))
    x = keras.layers.Concatenate()([a, b, tag_row])
    x = keras.layers.Dense(64, activation="tanh")(x)
    x = keras.layers.Dense(32, activation="tanh")(x)
    priority = keras.layers.Dense(1, activation="sigmoid", name="priority")(x)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(x)
    return keras.Model([title, text_body, tag_row], [priority, department])
