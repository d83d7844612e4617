"""The path made a `pathlib.Path` first."""

import pathlib


def keep_best(path, monitor, mode):
    return keras.callbacks.ModelCheckpoint(
        str(pathlib.Path(path)), save_best_only=True, monitor=monitor, mode=mode, verbose=0, save_freq="epoch"
    )
