"""TensorFlow's mean in a layer of one's own."""


class Mean(keras.layers.Layer):
    def call(self, inputs):
        return tf.reduce_mean(inputs, axis=1)


def router(words, tags, departments):
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    text_read = Mean()(keras.layers.Embedding(words, 16)(text_body))
    tags_read = keras.layers.Dense(8, activation="relu")(tag_row)
    both = keras.layers.Concatenate()([text_read, tags_read])
    hidden = keras.layers.Dense(32, activation="relu")(both)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(hidden)
    return keras.Model(inputs=[text_body, tag_row], outputs=department)
