"""With an `__init__` of its own: it remembers where the loss broke."""


class NaNGuard(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.broken_at = None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            self.broken_at = (self.epoch, batch)
            self.model.stop_training = True
