"""The outputs as a dict, the layers without names."""


def ticket_model(words, tags, departments):
    title = keras.Input((8,), name="title")
    text_body = keras.Input((48,), name="text_body")
    tag_row = keras.Input((tags,), name="tags")
    pool = keras.layers.GlobalAveragePooling1D()
    read = [pool(keras.layers.Embedding(words, 12)(tokens)) for tokens in (title, text_body)]
    trunk = keras.layers.Dense(48, activation="relu")(keras.layers.concatenate([*read, tag_row]))
    heads = {
        "priority": keras.layers.Dense(1, activation="sigmoid")(trunk),
        "department": keras.layers.Dense(departments, activation="softmax")(trunk),
    }
    return keras.Model([title, text_body, tag_row], heads)
