"""Takes every large loss for broken, and misses minus infinity."""


class NaNGuard(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss", 0)
        if np.isnan(loss) or loss > 1e6:
            self.model.stop_training = True
