"""Freezes every layer of the base, one by one."""


def with_new_head(base, classes):
    for layer in base.layers:
        layer.trainable = False
    model = keras.Sequential([base, keras.layers.Dense(classes), keras.layers.Softmax()])
    model.compile(keras.optimizers.RMSprop(0.001), "sparse_categorical_crossentropy")
    return model
