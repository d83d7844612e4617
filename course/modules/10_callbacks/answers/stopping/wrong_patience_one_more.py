"""One epoch too patient."""


def stop_in_time(monitor, mode, patience):
    return keras.callbacks.EarlyStopping(monitor=monitor, mode=mode, patience=patience + 1, restore_best_weights=True)
