"""Compiles and returns nothing."""


def compile_desk(model, priority_weight):
    model.compile(
        optimizer="adam",
        loss={"priority": "mse", "department": "sparse_categorical_crossentropy"},
        loss_weights={"priority": priority_weight, "department": 1.0},
        metrics={"priority": ["mae"], "department": ["accuracy"]},
    )
