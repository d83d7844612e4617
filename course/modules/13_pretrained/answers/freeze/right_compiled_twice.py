"""Compiled too early, and once more after freezing."""


def with_new_head(base, classes):
    model = keras.Sequential([base, keras.layers.Dense(classes, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    base.trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    return model
