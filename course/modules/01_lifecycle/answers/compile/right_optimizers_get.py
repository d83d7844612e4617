"""The optimizer described by a dict."""


def compile_for(model, kind):
    sgd = keras.optimizers.get({"class_name": "SGD", "config": {"learning_rate": 0.05, "momentum": 0.9}})
    loss = {"regression": "mse", "binary": "binary_crossentropy"}.get(kind, "sparse_categorical_crossentropy")
    model.compile(optimizer=sgd, loss=loss, metrics=["mae"] if kind == "regression" else ["accuracy"])
    return model
