"""Activations as layers, and the mean as a sum over 48 words."""


def router(words, tags, departments):
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    embedded = keras.layers.Embedding(words, 16)(text_body)
    text_read = keras.ops.sum(embedded, axis=1) / 48
    tags_read = keras.layers.ReLU()(keras.layers.Dense(8)(tag_row))
    both = keras.layers.concatenate([text_read, tags_read])
    hidden = keras.layers.ReLU()(keras.layers.Dense(32)(both))
    department = keras.layers.Softmax(name="department")(keras.layers.Dense(departments)(hidden))
    return keras.Model(inputs=[text_body, tag_row], outputs=department)
