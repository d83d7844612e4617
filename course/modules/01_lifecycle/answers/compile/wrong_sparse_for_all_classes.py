"""The sparse loss for one sigmoid, too."""


def compile_for(model, kind):
    if kind == "regression":
        loss, metric = "mse", "mae"
    else:
        loss, metric = "sparse_categorical_crossentropy", "accuracy"
    model.compile(keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), loss=loss, metrics=[metric])
    return model
