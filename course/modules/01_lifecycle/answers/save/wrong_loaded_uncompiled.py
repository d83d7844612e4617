"""`compile=False` leaves out the loss and metrics that `evaluate` needs."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    restored = keras.saving.load_model(path, compile=False)
    return restored, restored.evaluate(X, y, verbose=0, return_dict=True)
