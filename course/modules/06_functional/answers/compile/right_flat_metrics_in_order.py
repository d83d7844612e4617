"""A list with one metric for each output."""


def compile_desk(model, priority_weight):
    model.compile(
        "rmsprop",
        loss={"priority": "mse", "department": "sparse_categorical_crossentropy"},
        loss_weights={"priority": priority_weight, "department": 1.0},
        metrics=["mae", "accuracy"],
    )
    return model
