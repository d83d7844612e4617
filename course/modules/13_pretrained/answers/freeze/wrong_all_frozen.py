"""Freezes the head with the base."""


def with_new_head(base, classes):
    model = keras.Sequential([base, keras.layers.Dense(classes, activation="softmax")])
    model.trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    return model
