"""Saves when the next epoch begins, and so never the last one."""


def keep_best(path, monitor, mode):
    class Keeper(keras.callbacks.Callback):
        best, better = np.inf, False

        def on_epoch_begin(self, epoch, logs=None):
            if self.better:
                self.model.save(path)

        def on_epoch_end(self, epoch, logs=None):
            value = logs[monitor] if mode == "min" else -logs[monitor]
            self.better = value < self.best
            self.best = min(value, self.best)

    return Keeper()
