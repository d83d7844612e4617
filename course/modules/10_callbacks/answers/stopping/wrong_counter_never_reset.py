"""Bad epochs are counted all together, not in a row."""


def stop_in_time(monitor, mode, patience):
    class Stop(keras.callbacks.Callback):
        waited, best, kept = 0, np.inf, None

        def on_epoch_end(self, epoch, logs=None):
            value = logs[monitor] if mode == "min" else -logs[monitor]
            if value < self.best:
                self.best, self.kept = value, self.model.get_weights()
            else:
                self.waited += 1
            if self.waited >= patience:
                self.model.stop_training = True

        def on_train_end(self, logs=None):
            self.model.set_weights(self.kept)

    return Stop()
