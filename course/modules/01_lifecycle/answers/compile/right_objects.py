"""Objects for the loss, the metric and the optimizer."""


def compile_for(model, kind):
    if kind == "regression":
        loss, metric = keras.losses.MeanSquaredError(), keras.metrics.MeanAbsoluteError()
    elif kind == "binary":
        loss, metric = keras.losses.BinaryCrossentropy(), keras.metrics.BinaryAccuracy()
    else:
        loss, metric = keras.losses.SparseCategoricalCrossentropy(), keras.metrics.SparseCategoricalAccuracy()
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), loss=loss, metrics=[metric])
    return model
