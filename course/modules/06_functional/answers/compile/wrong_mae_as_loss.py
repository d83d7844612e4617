"""The mean absolute error as the priority's loss."""


def compile_desk(model, priority_weight):
    model.compile(
        optimizer="adam",
        loss={"priority": "mae", "department": "sparse_categorical_crossentropy"},
        loss_weights={"priority": priority_weight, "department": 1.0},
        metrics={"priority": ["mae"], "department": ["accuracy"]},
    )
    return model
