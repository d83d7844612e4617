"""`export` writes a SavedModel folder for serving, which `load_model` does not read."""


def save_load_evaluate(model, path, X, y):
    model.export(path, verbose=False)
    restored = keras.saving.load_model(path)
    return restored, restored.evaluate(X, y, verbose=0, return_dict=True)
