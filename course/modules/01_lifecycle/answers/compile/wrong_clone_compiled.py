"""A copy is compiled, and the bare original returned."""


def compile_for(model, kind):
    losses = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
    metric = "mae" if kind == "regression" else "accuracy"
    copy = keras.models.clone_model(model)
    copy.compile(keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), loss=losses[kind], metrics=[metric])
    return model
