"""Counts epochs that are worse than the one before, not worse than the best."""


def stop_in_time(monitor, mode, patience):
    class Stop(keras.callbacks.Callback):
        before, waited, best, kept = None, 0, None, None

        def on_epoch_end(self, epoch, logs=None):
            value = logs[monitor] if mode == "min" else -logs[monitor]
            if self.best is None or value < self.best:
                self.best, self.kept = value, self.model.get_weights()
            self.waited = self.waited + 1 if self.before is not None and value >= self.before else 0
            self.before = value
            if self.waited >= patience:
                self.model.stop_training = True

        def on_train_end(self, logs=None):
            self.model.set_weights(self.kept)

    return Stop()
