"""nesterov=True without a momentum to look ahead along."""


def compile_for(model, kind):
    losses = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
    metric = "mae" if kind == "regression" else "accuracy"
    model.compile(keras.optimizers.SGD(learning_rate=0.05, nesterov=True), loss=losses[kind], metrics=[metric])
    return model
