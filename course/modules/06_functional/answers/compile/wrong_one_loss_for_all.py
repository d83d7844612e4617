"""One loss for both outputs."""


def compile_desk(model, priority_weight):
    model.compile(
        optimizer="adam",
        loss="mse",
        loss_weights={"priority": priority_weight, "department": 1.0},
        metrics={"priority": ["mae"], "department": ["accuracy"]},
    )
    return model
