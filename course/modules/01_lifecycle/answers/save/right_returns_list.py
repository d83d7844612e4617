"""A list of two instead of a tuple."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    new_model = keras.saving.load_model(path)
    return [new_model, new_model.evaluate(X, y, verbose=0, return_dict=True)]
