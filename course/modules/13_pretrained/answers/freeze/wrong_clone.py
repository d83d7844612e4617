"""A clone of the base, with fresh random weights."""


def with_new_head(base, classes):
    base = keras.models.clone_model(base)
    base.trainable = False
    model = keras.Sequential([base, keras.layers.Dense(classes, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model
