"""The words are embedded and never pooled: there is one answer for each word."""


def ticket_model(words, tags, departments):
    title = keras.Input(shape=(8,), name="title")
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    a = keras.layers.Embedding(words, 16)(title)
    b = keras.layers.Embedding(words, 16)(text_body)
    trunk = keras.layers.Concatenate(axis=1)([a, b])
    trunk = keras.layers.Dense(32, activation="relu")(trunk)
    trunk = keras.layers.Concatenate()([trunk, keras.layers.RepeatVector(56)(tag_row)])
    priority = keras.layers.Dense(1, activation="sigmoid", name="priority")(trunk)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(trunk)
    return keras.Model(inputs=[title, text_body, tag_row], outputs=[priority, department])
