"""The softmax head's loss is told that it gets logits."""


def compile_for(model, kind):
    losses = {
        "regression": "mse",
        "binary": keras.losses.BinaryCrossentropy(),
        "multiclass": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    }
    metric = "mae" if kind == "regression" else "accuracy"
    model.compile(keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), loss=losses[kind], metrics=[metric])
    return model
