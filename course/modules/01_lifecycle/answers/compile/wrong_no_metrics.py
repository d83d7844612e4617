"""Loss and optimizer, and no metric."""


def compile_for(model, kind):
    losses = {
        "regression": "mean_squared_error",
        "binary": "binary_crossentropy",
        "multiclass": "sparse_categorical_crossentropy",
    }
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), loss=losses[kind])
    return model
