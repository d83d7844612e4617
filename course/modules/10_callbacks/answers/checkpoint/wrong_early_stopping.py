"""Stops early, and saves nothing."""


def keep_best(path, monitor, mode):
    return keras.callbacks.EarlyStopping(monitor=monitor, mode=mode, restore_best_weights=True)
