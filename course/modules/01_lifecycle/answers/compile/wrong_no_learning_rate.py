"""The momentum is set, the learning rate left at its default of 0.01."""


def compile_for(model, kind):
    losses = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
    metric = "mae" if kind == "regression" else "accuracy"
    model.compile(keras.optimizers.SGD(momentum=0.9), loss=losses[kind], metrics=[metric])
    return model
