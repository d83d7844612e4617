"""Without a name the third argument of `compile` is the loss weights, not the metrics."""


def compile_for(model, kind):
    losses = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
    metric = "mae" if kind == "regression" else "accuracy"
    model.compile(keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), losses[kind], [metric])
    return model
