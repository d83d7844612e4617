"""Momentum in Nesterov's form."""


def compile_for(model, kind):
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True)
    if kind == "regression":
        model.compile(optimizer, "mse", metrics=["mae"])
    elif kind == "binary":
        model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    elif kind == "multiclass":
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
