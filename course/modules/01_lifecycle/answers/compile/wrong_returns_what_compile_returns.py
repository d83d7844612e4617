"""`compile` returns None, and so does this."""


def compile_for(model, kind):
    losses = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
    metric = "mae" if kind == "regression" else "accuracy"
    optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
    return model.compile(optimizer=optimizer, loss=losses[kind], metrics=[metric])
