"""Lists in the order of the outputs."""


def compile_desk(model, priority_weight):
    model.compile(
        optimizer="adam",
        loss=["mean_squared_error", "sparse_categorical_crossentropy"],
        loss_weights=[priority_weight, 1.0],
        metrics=[["mae"], ["accuracy"]],
    )
    return model
