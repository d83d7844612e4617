"""Half filled in: one loss is still three dots."""


def compile_for(model, kind):
    losses = {
        "regression": "mean_squared_error",
        "binary": "binary_crossentropy",
        "multiclass": ...,
    }
    metric = "mae" if kind == "regression" else "accuracy"
    optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
    model.compile(optimizer=optimizer, loss=losses[kind], metrics=[metric])
    return model
