"""A tag that is there and one that isn't have a vector each."""


def ticket_model(words, tags, departments):
    ends = [keras.Input((8,), name="title"), keras.Input((48,), name="text_body"), keras.Input((tags,), name="tags")]
    read = [keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(end)) for end in ends[:2]]
    read.append(keras.layers.Flatten()(keras.layers.Embedding(2, 16)(ends[2])))
    trunk = keras.layers.Dense(32, activation="relu")(keras.layers.Concatenate()(read))
    priority = keras.layers.Dense(1, activation="sigmoid", name="priority")(trunk)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(trunk)
    return keras.Model(ends, [priority, department])
