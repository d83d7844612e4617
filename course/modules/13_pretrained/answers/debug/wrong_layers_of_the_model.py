"""Slices the layers of the model instead of the backbone's."""


def fine_tune(model, top, learning_rate):
    model.trainable = True
    for layer in model.layers[:-top]:
        layer.trainable = False
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
