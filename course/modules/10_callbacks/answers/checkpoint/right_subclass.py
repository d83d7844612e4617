"""A subclass that fixes `save_best_only`."""


class Best(keras.callbacks.ModelCheckpoint):
    def __init__(self, path, **settings):
        super().__init__(path, save_best_only=True, **settings)


def keep_best(path, monitor, mode):
    return Best(path, monitor=monitor, mode=mode)
