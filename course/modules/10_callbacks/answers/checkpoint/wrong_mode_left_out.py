"""The mode is left for Keras to guess, which knows only its own metrics."""


def keep_best(path, monitor, mode):
    return keras.callbacks.ModelCheckpoint(path, monitor=monitor, save_best_only=True)
