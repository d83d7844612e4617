"""With a starting value that anything beats."""


def keep_best(path, monitor, mode):
    worst = np.inf if mode == "min" else -np.inf
    return keras.callbacks.ModelCheckpoint(
        path, monitor=monitor, mode=mode, save_best_only=True, initial_value_threshold=worst
    )
