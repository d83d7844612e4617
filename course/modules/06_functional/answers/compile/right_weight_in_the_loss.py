"""The weight stands in the loss itself, as a function."""


def compile_desk(model, priority_weight):
    def weighed(y_true, y_pred):
        return priority_weight * keras.losses.mean_squared_error(y_true, y_pred)

    model.compile(
        "adam",
        loss={"priority": weighed, "department": "sparse_categorical_crossentropy"},
        metrics={"priority": "mae", "department": "accuracy"},
    )
    return model
