"""Into an `.h5` file, as in older tutorials."""


def keep_best(path, monitor, mode):
    return keras.callbacks.ModelCheckpoint(
        path.replace(".keras", ".h5"), monitor=monitor, mode=mode, save_best_only=True
    )
