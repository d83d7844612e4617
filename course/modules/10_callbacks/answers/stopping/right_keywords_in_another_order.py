"""The arguments in another order, a little slack that is none."""


def stop_in_time(monitor, mode, patience):
    return keras.callbacks.EarlyStopping(
        restore_best_weights=True, patience=patience, mode=mode, min_delta=0.0, monitor=monitor
    )
