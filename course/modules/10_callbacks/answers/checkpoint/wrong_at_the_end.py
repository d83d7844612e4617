"""Keeps the best weights in memory and saves when training ends: a crash loses them."""


def keep_best(path, monitor, mode):
    class Keeper(keras.callbacks.Callback):
        best, kept = np.inf, None

        def on_epoch_end(self, epoch, logs=None):
            value = logs[monitor] if mode == "min" else -logs[monitor]
            if value < self.best:
                self.best, self.kept = value, self.model.get_weights()

        def on_train_end(self, logs=None):
            self.model.set_weights(self.kept)
            self.model.save(path)

    return Keeper()
