"""`period=1`, which older versions took."""


def keep_best(path, monitor, mode):
    return keras.callbacks.ModelCheckpoint(path, monitor=monitor, mode=mode, save_best_only=True, period=1)
