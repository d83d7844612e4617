"""With `keras.saving.save_model`, over what was there."""


def keep_best(path, monitor, mode):
    class Keeper(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.seen = []

        def on_epoch_end(self, epoch, logs=None):
            self.seen.append(logs[monitor])
            best = min(self.seen) if mode == "min" else max(self.seen)
            if self.seen.index(best) == len(self.seen) - 1:
                keras.saving.save_model(self.model, path, overwrite=True)

    return Keeper()
