"""The callback is made and not returned."""


def stop_in_time(monitor, mode, patience):
    keras.callbacks.EarlyStopping(monitor=monitor, mode=mode, patience=patience, restore_best_weights=True)
