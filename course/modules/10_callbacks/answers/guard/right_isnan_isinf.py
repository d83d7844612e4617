"""The two cases one by one."""


class NaNGuard(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        loss = None if logs is None else logs.get("loss")
        if loss is not None and (np.isnan(loss) or np.isinf(loss)):
            self.model.stop_training = True
