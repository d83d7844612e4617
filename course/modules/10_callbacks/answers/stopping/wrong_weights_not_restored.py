"""The best weights are not restored: Keras' default."""


def stop_in_time(monitor, mode, patience):
    return keras.callbacks.EarlyStopping(monitor=monitor, mode=mode, patience=patience)
