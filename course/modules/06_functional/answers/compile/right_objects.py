"""Loss and metric objects, SGD with momentum."""


def compile_desk(model, priority_weight):
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9),
        {"priority": keras.losses.MeanSquaredError(), "department": keras.losses.SparseCategoricalCrossentropy()},
        loss_weights={"department": 1, "priority": priority_weight},
        metrics={
            "priority": [keras.metrics.MeanAbsoluteError()],
            "department": [keras.metrics.SparseCategoricalAccuracy()],
        },
    )
    return model
