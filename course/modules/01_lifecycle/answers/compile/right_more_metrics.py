"""More metrics than were asked for, the one asked for among them."""


def compile_for(model, kind):
    sgd = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
    if kind == "regression":
        metrics = ["mse", "mae", keras.metrics.RootMeanSquaredError(), keras.metrics.R2Score()]
        model.compile(optimizer=sgd, loss="mse", metrics=metrics)
    elif kind == "binary":
        metrics = [keras.metrics.AUC(), keras.metrics.Precision(), keras.metrics.Recall(), "accuracy"]
        model.compile(optimizer=sgd, loss="binary_crossentropy", metrics=metrics)
    else:
        metrics = ["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=2), "sparse_categorical_crossentropy"]
        model.compile(optimizer=sgd, loss="sparse_categorical_crossentropy", metrics=metrics)
    return model
