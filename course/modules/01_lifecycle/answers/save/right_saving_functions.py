"""`keras.saving.save_model` instead of the model's method."""


def save_load_evaluate(model, path, X, y):
    keras.saving.save_model(model, path)
    restored = keras.saving.load_model(path)
    scores = restored.evaluate(X, y, return_dict=True, verbose=0)
    return restored, scores
