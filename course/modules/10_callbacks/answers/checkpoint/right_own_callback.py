"""A callback of one's own that saves when it gets better."""


class Keeper(keras.callbacks.Callback):
    def __init__(self, path, monitor, mode):
        super().__init__()
        self.path, self.monitor, self.sign, self.best = path, monitor, {"min": 1, "max": -1}[mode], np.inf

    def on_epoch_end(self, epoch, logs=None):
        value = self.sign * (logs or {})[self.monitor]
        if value < self.best:
            self.best = value
            self.model.save(self.path)


def keep_best(path, monitor, mode):
    return Keeper(path, monitor, mode)
