"""The old name of the learning rate."""


def compile_for(model, kind):
    losses = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
    metric = "mae" if kind == "regression" else "accuracy"
    model.compile(keras.optimizers.SGD(lr=0.05, momentum=0.9), loss=losses[kind], metrics=[metric])
    return model
