"""What `load_model` returns is not kept."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    keras.saving.load_model(path)
    return model, model.evaluate(X, y, verbose=0, return_dict=True)
