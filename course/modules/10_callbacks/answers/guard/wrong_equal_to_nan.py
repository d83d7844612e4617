"""Compares with `nan`, which is equal to nothing."""


class NaNGuard(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and (loss == np.nan or loss == np.inf):
            self.model.stop_training = True
