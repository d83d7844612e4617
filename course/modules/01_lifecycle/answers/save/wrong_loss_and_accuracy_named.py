"""Every second number is called accuracy, whatever the model measures."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    restored = keras.saving.load_model(path)
    loss, accuracy = restored.evaluate(X, y, verbose=0)
    return restored, {"loss": loss, "accuracy": accuracy}
