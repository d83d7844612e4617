"""With `keras.ops`, on a tensor."""


class NaNGuard(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is None:
            return
        if not bool(keras.ops.all(keras.ops.isfinite(keras.ops.convert_to_tensor(loss, "float32")))):
            print("The loss is broken: training ends.")
            self.model.stop_training = True
