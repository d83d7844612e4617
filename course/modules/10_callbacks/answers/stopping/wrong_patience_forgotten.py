"""No patience: the first worse epoch ends it."""


def stop_in_time(monitor, mode, patience):
    return keras.callbacks.EarlyStopping(monitor=monitor, mode=mode, restore_best_weights=True)
