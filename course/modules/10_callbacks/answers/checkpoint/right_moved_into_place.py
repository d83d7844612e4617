"""Saves beside the path and moves the file there, so that a crash while writing harms nothing."""

import os


def keep_best(path, monitor, mode):
    class Keeper(keras.callbacks.Callback):
        best = None

        def on_epoch_end(self, epoch, logs=None):
            value = logs[monitor]
            if self.best is None or (value < self.best) == (mode == "min") and value != self.best:
                self.best = value
                beside = path.replace(".keras", ".new.keras")
                self.model.save(beside)
                os.replace(beside, path)

    return Keeper()
