"""All rows scored as one batch, `test_on_batch(return_dict=True)`."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    restored = keras.saving.load_model(path)
    return restored, restored.test_on_batch(X, y, return_dict=True)
