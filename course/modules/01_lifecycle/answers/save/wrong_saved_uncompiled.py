"""A copy from `get_config`, without optimizer and loss, goes into the file; it is compiled only after loading."""


def save_load_evaluate(model, path, X, y):
    bare = model.__class__.from_config(model.get_config())
    bare.set_weights(model.get_weights())
    bare.save(path)
    restored = keras.saving.load_model(path)
    restored.compile("adam", model.loss, metrics=["accuracy" if y.dtype.kind == "i" else "mae"])
    return restored, restored.evaluate(X, y, verbose=0, return_dict=True)
