"""Relies on the logs: `None` stops it with an error."""


class NaNGuard(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if not np.isfinite(logs["loss"]):
            self.model.stop_training = True
