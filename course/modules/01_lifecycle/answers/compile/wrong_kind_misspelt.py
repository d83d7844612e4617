"""The third kind is misspelt and falls through to the regression loss."""


def compile_for(model, kind):
    optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
    if kind == "binary":
        model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    elif kind == "multi-class":
        model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    else:
        model.compile(optimizer=optimizer, loss="mean_squared_error", metrics=["mae"])
    return model
