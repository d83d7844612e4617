"""Freezes all but the last five layers: that is fine-tuning."""


def with_new_head(base, classes):
    for layer in base.layers[:-5]:
        layer.trainable = False
    model = keras.Sequential([base, keras.layers.Dense(classes, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model
