"""The mode is left for Keras to guess, which knows only its own metrics."""


def stop_in_time(monitor, mode, patience):
    return keras.callbacks.EarlyStopping(monitor=monitor, patience=patience, restore_best_weights=True)
