"""Lower is better, whatever was asked for."""


def stop_in_time(monitor, mode, patience):
    return keras.callbacks.EarlyStopping(monitor=monitor, mode="min", patience=patience, restore_best_weights=True)
