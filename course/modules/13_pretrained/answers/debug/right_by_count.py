"""Counts the layers, and decides for each."""


def fine_tune(model, top, learning_rate):
    base = model.get_layer("backbone")
    base.trainable = True
    bottom = len(base.layers) - top
    for place, layer in enumerate(base.layers):
        layer.trainable = place >= bottom and not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
