"""Finite is what lies between the infinities."""


class NaNGuard(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not (-float("inf") < loss < float("inf")):
            self.model.stop_training = True
