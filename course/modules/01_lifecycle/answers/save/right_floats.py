"""The scores as plain floats in a dict of its own."""


def save_load_evaluate(model, path, X, y):
    keras.models.save_model(model, filepath=str(path))
    restored = keras.models.load_model(str(path))
    results = restored.evaluate(X, y, verbose=0, return_dict=True)
    return restored, {name: float(value) for name, value in results.items()}
