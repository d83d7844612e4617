"""Scores the old model too, to compare; returns what the new one scored."""


def save_load_evaluate(model, path, X, y):
    before = model.evaluate(X, y, verbose=0, return_dict=True)
    model.save(path)
    restored = keras.saving.load_model(path)
    after = restored.evaluate(X, y, verbose=0, return_dict=True)
    for name in before:
        assert np.isclose(before[name], after[name], rtol=1e-4)
    return restored, after
