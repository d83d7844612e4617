"""A slip of the decimal point: 0.5 for 0.05."""


def compile_for(model, kind):
    losses = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
    metric = "mae" if kind == "regression" else "accuracy"
    model.compile(keras.optimizers.SGD(learning_rate=0.5, momentum=0.9), loss=losses[kind], metrics=[metric])
    return model
