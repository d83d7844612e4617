"""Infinity goes through."""


class NaNGuard(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and np.isnan(loss):
            self.model.stop_training = True
