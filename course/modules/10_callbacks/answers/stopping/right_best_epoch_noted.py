"""Notes the number of the best epoch and compares with it."""


def stop_in_time(monitor, mode, patience):
    class Stop(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.values, self.weights_of = [], []

        def on_epoch_end(self, epoch, logs=None):
            self.values.append(logs[monitor])
            self.weights_of.append([w.copy() for w in self.model.get_weights()])
            best = int(np.argmin(self.values) if mode == "min" else np.argmax(self.values))
            self.best = best
            if len(self.values) - 1 - best >= patience:
                self.model.stop_training = True

        def on_train_end(self, logs=None):
            self.model.set_weights(self.weights_of[self.best])

    return Stop()
