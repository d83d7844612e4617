"""Keeps the variables themselves, which go on moving."""


def stop_in_time(monitor, mode, patience):
    class Stop(keras.callbacks.EarlyStopping):
        kept, lowest = None, np.inf

        def on_epoch_end(self, epoch, logs=None):
            value = logs[monitor] if mode == "min" else -logs[monitor]
            if value < self.lowest:
                self.lowest, self.kept = value, self.model.weights
            super().on_epoch_end(epoch, logs)

        def on_train_end(self, logs=None):
            self.model.set_weights(self.kept)

    return Stop(monitor=monitor, mode=mode, patience=patience)
