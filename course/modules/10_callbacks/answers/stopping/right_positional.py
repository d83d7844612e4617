"""Everything by position, as the signature has it."""


def stop_in_time(monitor, mode, patience):
    return keras.callbacks.EarlyStopping(monitor, 0, patience, 0, mode, None, True)
