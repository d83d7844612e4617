"""A helper that thaws."""


def thaw(layers):
    for layer in layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)


def fine_tune(model, top, learning_rate):
    base = model.get_layer("backbone")
    base.trainable = True
    for layer in base.layers:
        layer.trainable = False
    thaw(base.layers[-top:])
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
