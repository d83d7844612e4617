"""Activations as layers of their own, dropout on the trunk, a batch normalisation."""


def ticket_model(words, tags, departments):
    title = keras.Input(shape=(8,), name="title")
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    a = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(title))
    b = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(text_body))
    x = keras.layers.Concatenate()([a, b, tag_row])
    x = keras.layers.BatchNormalization()(keras.layers.Dense(32, use_bias=False)(x))
    x = keras.layers.Dropout(0.1)(keras.layers.Activation("relu")(x))
    priority = keras.layers.Activation("sigmoid", name="priority")(keras.layers.Dense(1)(x))
    department = keras.layers.Softmax(name="department")(keras.layers.Dense(departments)(x))
    return keras.Model([title, text_body, tag_row], [priority, department])
