"""The old object's name is deleted before loading, so that it cannot be used by mistake."""


def save_load_evaluate(model, path, X, y):
    model.save(path, overwrite=True)
    del model
    restored = keras.saving.load_model(path, compile=True)
    scores = restored.evaluate(x=X, y=y, batch_size=16, verbose=0, return_dict=True)
    return restored, scores
