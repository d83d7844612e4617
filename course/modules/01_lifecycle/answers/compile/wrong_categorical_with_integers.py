"""The loss for one-hot rows, although labels are integers."""


def compile_for(model, kind):
    losses = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "categorical_crossentropy"}
    metric = "mae" if kind == "regression" else "accuracy"
    model.compile(keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), loss=losses[kind], metrics=[metric])
    return model
