"""The weight goes to the department."""


def compile_desk(model, priority_weight):
    model.compile(
        optimizer="adam",
        loss={"priority": "mse", "department": "sparse_categorical_crossentropy"},
        loss_weights=[1.0, priority_weight],
        metrics={"priority": ["mae"], "department": ["accuracy"]},
    )
    return model
