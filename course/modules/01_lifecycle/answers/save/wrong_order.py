"""Scores first, model second."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    restored = keras.saving.load_model(path)
    scores = restored.evaluate(X, y, verbose=0, return_dict=True)
    return scores, restored
