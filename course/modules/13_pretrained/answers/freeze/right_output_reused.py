"""Goes on from the base's output, which is the same computation."""


def with_new_head(base, classes):
    base.trainable = False
    hidden = keras.layers.Dense(16, activation="relu")(base.output)
    model = keras.Model(base.input, keras.layers.Dense(classes, activation="softmax")(hidden))
    model.compile("nadam", "sparse_categorical_crossentropy")
    return model
