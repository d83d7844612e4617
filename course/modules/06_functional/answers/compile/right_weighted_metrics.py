"""The metrics as weighted metrics, run eagerly."""


def compile_desk(model, priority_weight):
    model.compile(
        optimizer="adam",
        loss={"priority": "mse", "department": "sparse_categorical_crossentropy"},
        loss_weights={"priority": priority_weight, "department": 1.0},
        weighted_metrics={"priority": ["mae"], "department": ["accuracy"]},
        run_eagerly=True,
    )
    return model
