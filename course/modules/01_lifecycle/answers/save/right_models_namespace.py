"""`keras.models.load_model` is the same function under its older address."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    loaded = keras.models.load_model(path)
    return loaded, loaded.evaluate(X, y, verbose=0, return_dict=True)
