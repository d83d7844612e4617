"""A callback of one's own: copies of the best weights, a counter of bad epochs."""


class Stopper(keras.callbacks.Callback):
    def __init__(self, monitor, mode, patience):
        super().__init__()
        self.monitor, self.sign, self.patience = monitor, 1 if mode == "min" else -1, patience

    def on_train_begin(self, logs=None):
        self.best, self.waited, self.saved = np.inf, 0, None

    def on_epoch_end(self, epoch, logs=None):
        value = self.sign * logs[self.monitor]
        if value < self.best:
            self.best, self.waited, self.saved = value, 0, self.model.get_weights()
        else:
            self.waited += 1
            if self.waited >= self.patience:
                self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.saved is not None:
            self.model.set_weights(self.saved)


def stop_in_time(monitor, mode, patience):
    return Stopper(monitor, mode, patience)
