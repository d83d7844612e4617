"""The model read back is returned, but the scores are the old one's."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    restored = keras.saving.load_model(path)
    scores = model.evaluate(X, y, verbose=0, return_dict=True)
    return restored, scores
