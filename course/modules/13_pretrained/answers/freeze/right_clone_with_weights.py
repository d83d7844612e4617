"""A clone of the base with the weights of the base: what was learned is there."""


def with_new_head(base, classes):
    copy = keras.models.clone_model(base)
    copy.set_weights(base.get_weights())
    copy.trainable = False
    model = keras.Sequential()
    model.add(copy)
    model.add(keras.layers.Dense(classes, "softmax"))
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
    return model
