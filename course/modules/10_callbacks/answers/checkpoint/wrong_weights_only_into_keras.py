"""The weights alone, into a path that ends in `.keras`: an error."""


def keep_best(path, monitor, mode):
    return keras.callbacks.ModelCheckpoint(
        path, monitor=monitor, mode=mode, save_best_only=True, save_weights_only=True
    )
