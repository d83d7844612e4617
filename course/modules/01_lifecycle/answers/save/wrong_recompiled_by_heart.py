"""Loads without the compiled part and compiles by heart, as if every model were a classifier."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    restored = keras.saving.load_model(path, compile=False)
    restored.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return restored, restored.evaluate(X, y, verbose=0, return_dict=True)
