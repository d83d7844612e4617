"""Watches the training loss, which always falls."""


def stop_in_time(monitor, mode, patience):
    return keras.callbacks.EarlyStopping(monitor="loss", patience=patience, restore_best_weights=True)
