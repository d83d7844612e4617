"""The name `model` is bound anew to what was read."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    model = keras.models.load_model(path)
    return model, model.evaluate(X, y, verbose=0, return_dict=True)
