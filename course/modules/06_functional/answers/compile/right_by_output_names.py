"""Dicts made in a loop over the model's own names."""


def compile_desk(model, priority_weight):
    table = {
        "priority": ("mean_squared_error", priority_weight, "mean_absolute_error"),
        "department": ("sparse_categorical_crossentropy", 1.0, "accuracy"),
    }
    losses, weights, metrics = ({name: table[name][k] for name in model.output_names} for k in range(3))
    model.compile("adam", loss=losses, loss_weights=weights, metrics=metrics)
    return model
