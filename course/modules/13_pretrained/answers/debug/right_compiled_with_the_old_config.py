"""The old optimizer's configuration, with another rate."""


def fine_tune(model, top, learning_rate):
    base = model.get_layer("backbone")
    base.trainable = True
    for layer in base.layers[:-top]:
        layer.trainable = False
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    config = model.optimizer.get_config() | {"learning_rate": learning_rate}
    model.compile(keras.optimizers.Adam.from_config(config), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
