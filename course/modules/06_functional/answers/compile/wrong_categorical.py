"""The cross-entropy for one-hot rows."""


def compile_desk(model, priority_weight):
    model.compile(
        optimizer="adam",
        loss={"priority": "mse", "department": "categorical_crossentropy"},
        loss_weights={"priority": priority_weight, "department": 1.0},
        metrics={"priority": ["mae"], "department": ["accuracy"]},
    )
    return model
