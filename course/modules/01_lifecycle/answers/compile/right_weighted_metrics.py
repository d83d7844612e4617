"""The metric among the weighted ones; loss and metric in lists."""


def compile_for(model, kind):
    loss = ["mse"]
    if kind == "binary":
        loss = ["binary_crossentropy"]
    if kind == "multiclass":
        loss = ["sparse_categorical_crossentropy"]
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
        loss=loss,
        weighted_metrics=["mae" if kind == "regression" else "accuracy"],
    )
    return model
