"""SGD with momentum for classes, Adam for the measurement."""


def compile_for(model, kind):
    if kind == "regression":
        model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.05), loss="mse", metrics=["mae"])
        return model
    loss = "binary_crossentropy" if kind == "binary" else "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), loss=loss, metrics=["accuracy"])
    return model
