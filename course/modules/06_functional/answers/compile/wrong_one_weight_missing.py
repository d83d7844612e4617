"""A weight for one output only."""


def compile_desk(model, priority_weight):
    model.compile(
        optimizer="adam",
        loss={"priority": "mse", "department": "sparse_categorical_crossentropy"},
        loss_weights={"priority": priority_weight},
        metrics={"priority": ["mae"], "department": ["accuracy"]},
    )
    return model
