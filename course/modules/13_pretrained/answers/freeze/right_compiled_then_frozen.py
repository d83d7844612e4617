"""Freezes after compile, before any fit: that takes effect as well."""


def with_new_head(base, classes):
    model = keras.Sequential([base, keras.layers.Dense(classes, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    base.trainable = False
    return model
