"""The older name `on_batch_end`, which Keras still calls."""


class NaNGuard(keras.callbacks.Callback):
    def on_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss", 0)
        if not np.isfinite(loss):
            self.model.stop_training = True
