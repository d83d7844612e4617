"""The weights alone, into a file beside the one that was asked for."""


def keep_best(path, monitor, mode):
    return keras.callbacks.ModelCheckpoint(
        path.replace(".keras", ".weights.h5"), monitor=monitor, mode=mode, save_best_only=True, save_weights_only=True
    )
