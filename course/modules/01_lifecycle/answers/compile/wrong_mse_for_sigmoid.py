"""The squared error for two classes; the rest is right."""


def compile_for(model, kind):
    loss = "sparse_categorical_crossentropy" if kind == "multiclass" else "mse"
    metric = "mae" if kind == "regression" else "accuracy"
    model.compile(keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), loss=loss, metrics=[metric])
    return model
