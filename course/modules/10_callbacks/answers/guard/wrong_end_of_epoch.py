"""Looks only when the epoch is over."""


class NaNGuard(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            self.model.stop_training = True
