"""Saving and loading in functions of their own."""


def write(model, path):
    model.save(path)
    return path


def read(path):
    return keras.saving.load_model(path)


def save_load_evaluate(model, path, X, y):
    restored = read(write(model, path))
    scores = restored.evaluate(X, y, verbose=0, return_dict=True)
    return restored, dict(scores)
