"""From the top down."""


def fine_tune(model, top, learning_rate):
    base = model.get_layer("backbone")
    base.trainable = True
    for depth, layer in enumerate(reversed(base.layers), start=1):
        if depth > top or isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
