"""Functions for losses and metrics."""


def compile_for(model, kind):
    loss, metric = {
        "regression": (keras.losses.log_cosh, keras.metrics.mean_absolute_error),
        "binary": (keras.losses.binary_crossentropy, keras.metrics.binary_accuracy),
        "multiclass": (keras.losses.sparse_categorical_crossentropy, keras.metrics.sparse_categorical_accuracy),
    }[kind]
    model.compile(keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), loss, metrics=[metric])
    return model
