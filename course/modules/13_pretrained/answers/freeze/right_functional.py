"""Functional, the base called at inference, and dropout before the head."""


def with_new_head(base, classes):
    base.trainable = False
    inputs = keras.Input(base.input_shape[1:])
    features = keras.layers.Dropout(0.2)(base(inputs, training=False))
    model = keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(features))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model
