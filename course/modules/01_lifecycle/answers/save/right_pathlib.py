"""A `Path` instead of a string, and the folder made if it isn't there."""

from pathlib import Path


def save_load_evaluate(model, path, X, y):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)
    restored = keras.saving.load_model(path)
    scores = restored.evaluate(X, y, verbose=0, return_dict=True)
    return restored, scores
