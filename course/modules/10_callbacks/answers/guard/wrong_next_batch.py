"""Stops when the next batch begins: one late."""


class NaNGuard(keras.callbacks.Callback):
    broken = False

    def on_train_batch_begin(self, batch, logs=None):
        if self.broken:
            self.model.stop_training = True

    def on_train_batch_end(self, batch, logs=None):
        self.broken = self.broken or not np.isfinite((logs or {}).get("loss", 0))
