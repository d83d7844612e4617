"""Saves whenever it is better than the epoch before."""


def keep_best(path, monitor, mode):
    class Keeper(keras.callbacks.Callback):
        before = None

        def on_epoch_end(self, epoch, logs=None):
            value = logs[monitor] if mode == "min" else -logs[monitor]
            if self.before is None or value < self.before:
                self.model.save(path)
            self.before = value

    return Keeper()
