"""The file is written, but the second model is a copy made in memory."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    restored = keras.models.clone_model(model)
    restored.set_weights(model.get_weights())
    metric = "accuracy" if y.dtype.kind == "i" else "mae"
    restored.compile(optimizer=model.optimizer.__class__(), loss=model.loss, metrics=[metric])
    return restored, restored.evaluate(X, y, verbose=0, return_dict=True)
