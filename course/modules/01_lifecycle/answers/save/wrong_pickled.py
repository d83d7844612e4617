"""A pickle under a `.keras` name is not a Keras file."""

import pickle


def save_load_evaluate(model, path, X, y):
    with open(path, "wb") as file:
        pickle.dump(model, file)
    with open(path, "rb") as file:
        restored = pickle.load(file)
    return restored, restored.evaluate(X, y, verbose=0, return_dict=True)
