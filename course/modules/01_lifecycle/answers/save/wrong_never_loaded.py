"""The model that was handed in is evaluated and returned; the file is never read."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    scores = model.evaluate(X, y, verbose=0, return_dict=True)
    return model, scores
