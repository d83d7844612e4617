"""`departement` is no output."""


def compile_desk(model, priority_weight):
    model.compile(
        optimizer="adam",
        loss={"priority": "mse", "departement": "sparse_categorical_crossentropy"},
        loss_weights={"priority": priority_weight, "departement": 1.0},
        metrics={"priority": ["mae"], "departement": ["accuracy"]},
    )
    return model
