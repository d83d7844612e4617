"""Metrics under names of one's own."""


def compile_for(model, kind):
    losses = {
        "regression": "mse",
        "binary": keras.losses.BinaryCrossentropy(from_logits=False),
        "multiclass": keras.losses.SparseCategoricalCrossentropy(from_logits=False),
    }
    metrics = {
        "regression": keras.metrics.MeanAbsoluteError(name="off_by"),
        "binary": keras.metrics.BinaryAccuracy(name="share_right", threshold=0.5),
        "multiclass": keras.metrics.SparseCategoricalAccuracy(name="share_right"),
    }
    model.compile(keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), losses[kind], metrics=[metrics[kind]])
    return model
