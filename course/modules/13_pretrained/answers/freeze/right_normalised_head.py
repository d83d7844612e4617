"""A head with normalisation of its own, which may gather statistics."""


def with_new_head(base, classes):
    base.trainable = False
    model = keras.Sequential(
        [
            base,
            keras.layers.BatchNormalization(),
            keras.layers.Dense(classes, activation="softmax", kernel_regularizer="l2"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model
