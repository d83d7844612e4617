"""The optimizer made from its configuration."""


def compile_for(model, kind):
    config = keras.optimizers.SGD().get_config()
    config["learning_rate"] = 0.05
    config["momentum"] = 0.9
    optimizer = keras.optimizers.SGD.from_config(config)
    if kind == "regression":
        model.compile(optimizer=optimizer, loss="mean_squared_error", metrics=["mae"])
    else:
        loss = "binary_crossentropy" if kind == "binary" else "sparse_categorical_crossentropy"
        model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    return model
