"""A harmless number stands in for a missing loss."""


class NaNGuard(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        logs = logs or {}
        value = float(logs.get("loss", 0.0))
        if value - value != 0:
            self.model.stop_training = True
