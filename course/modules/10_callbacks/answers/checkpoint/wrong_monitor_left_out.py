"""Watches `val_loss`, whatever was asked for."""


def keep_best(path, monitor, mode):
    return keras.callbacks.ModelCheckpoint(path, mode=mode, save_best_only=True)
