"""The wrong completion: ema_momentum averages weights, it doesn't speed up steps."""


def compile_for(model, kind):
    losses = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
    metric = "mae" if kind == "regression" else "accuracy"
    optimizer = keras.optimizers.SGD(learning_rate=0.05, use_ema=True, ema_momentum=0.9)
    model.compile(optimizer, loss=losses[kind], metrics=[metric])
    return model
