"""With `math.isfinite`, and a check for the key."""

import math


class NaNGuard(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if logs and "loss" in logs and not math.isfinite(logs["loss"]):
            self.model.stop_training = True
