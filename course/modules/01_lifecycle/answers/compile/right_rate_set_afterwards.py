"""The learning rate set on the compiled model."""


def compile_for(model, kind):
    losses = {
        "regression": "mean_squared_error",
        "binary": "binary_crossentropy",
        "multiclass": "sparse_categorical_crossentropy",
    }
    metric = "mae" if kind == "regression" else "accuracy"
    model.compile(optimizer=keras.optimizers.SGD(momentum=0.9), loss=losses[kind], metrics=[metric])
    model.optimizer.learning_rate = 0.05
    return model
