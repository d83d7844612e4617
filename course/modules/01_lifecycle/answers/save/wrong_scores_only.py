"""The model that was read is not returned."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    restored = keras.saving.load_model(path)
    return restored.evaluate(X, y, verbose=0, return_dict=True)
