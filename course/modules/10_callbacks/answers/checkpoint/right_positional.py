"""Everything by position, as the signature has it."""


def keep_best(path, monitor, mode):
    return keras.callbacks.ModelCheckpoint(path, monitor, 0, True, False, mode)
