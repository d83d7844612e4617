"""The mean absolute error as the loss, and once more as the metric."""


def compile_for(model, kind):
    match kind:
        case "regression":
            loss, metric = "mae", "mae"
        case "binary":
            loss, metric = "binary_crossentropy", "binary_accuracy"
        case "multiclass":
            loss, metric = "sparse_categorical_crossentropy", "sparse_categorical_accuracy"
    model.compile(optimizer=keras.optimizers.SGD(0.05, 0.9), loss=loss, metrics=[metric])
    return model
