"""A dict of losses, a list of weights, single words for metrics."""


def compile_desk(model, priority_weight):
    losses = dict(priority="mse", department=keras.losses.sparse_categorical_crossentropy)
    model.compile(
        "nadam", losses, loss_weights=[float(priority_weight), 1.0], metrics=dict(priority="mae", department="acc")
    )
    return model
