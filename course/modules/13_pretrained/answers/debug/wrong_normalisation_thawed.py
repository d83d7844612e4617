"""BatchNormalization in the top learns as well."""


def fine_tune(model, top, learning_rate):
    base = model.get_layer("backbone")
    base.trainable = True
    for layer in base.layers[:-top]:
        layer.trainable = False
    for layer in base.layers:
        if layer.name == "BatchNormalization":
            layer.trainable = False
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
