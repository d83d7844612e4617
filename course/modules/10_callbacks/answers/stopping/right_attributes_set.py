"""Made with defaults, its attribute set afterwards."""


def stop_in_time(monitor, mode, patience):
    stopper = keras.callbacks.EarlyStopping(monitor=monitor, mode=mode, patience=patience)
    stopper.restore_best_weights = True
    return stopper
