"""binary_crossentropy for two classes and for many."""


def compile_for(model, kind):
    if kind == "regression":
        loss, metric = "mse", "mae"
    else:
        loss, metric = "binary_crossentropy", "accuracy"
    model.compile(keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), loss=loss, metrics=[metric])
    return model
