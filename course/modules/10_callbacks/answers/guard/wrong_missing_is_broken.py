"""A missing loss counts as broken."""


class NaNGuard(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss", np.nan)
        if not np.isfinite(loss):
            self.model.stop_training = True
