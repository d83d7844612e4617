"""Loss and metric as objects."""


def fine_tune(model, top, learning_rate):
    base = model.layers[[layer.name for layer in model.layers].index("backbone")]
    base.trainable = True
    frozen = list(base.layers[: len(base.layers) - top])
    frozen += [layer for layer in base.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in frozen:
        layer.trainable = False
    model.compile(
        keras.optimizers.Adam(learning_rate),
        keras.losses.SparseCategoricalCrossentropy(),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    return model
