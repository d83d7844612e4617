"""Saves after every epoch: the last one stays."""


def keep_best(path, monitor, mode):
    return keras.callbacks.ModelCheckpoint(path, monitor=monitor, mode=mode)
