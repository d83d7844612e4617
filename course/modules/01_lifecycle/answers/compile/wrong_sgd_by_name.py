"""The word "sgd": learning rate 0.01 and no momentum."""


def compile_for(model, kind):
    losses = {
        "regression": "mean_squared_error",
        "binary": "binary_crossentropy",
        "multiclass": "sparse_categorical_crossentropy",
    }
    metric = "mae" if kind == "regression" else "accuracy"
    model.compile(optimizer="sgd", loss=losses[kind], metrics=[metric])
    return model
