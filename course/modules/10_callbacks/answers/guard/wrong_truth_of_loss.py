"""Asks whether there is a loss by its truth; a finite one ends the training."""


class NaNGuard(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if (logs or {}).get("loss"):
            self.model.stop_training = np.isfinite(logs["loss"])
