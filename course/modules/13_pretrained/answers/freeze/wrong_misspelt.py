"""A misspelt attribute, which Python makes without a murmur."""


def with_new_head(base, classes):
    base.trainabel = False
    model = keras.Sequential([base, keras.layers.Dense(classes, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model
