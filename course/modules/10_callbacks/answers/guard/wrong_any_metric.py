"""Any metric that is broken ends the training."""


class NaNGuard(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if not all(np.isfinite(value) for value in (logs or {}).values()):
            self.model.stop_training = True
