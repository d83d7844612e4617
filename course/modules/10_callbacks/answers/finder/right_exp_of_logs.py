"""Equal steps of the logarithm."""


def rate_finder(low, high, steps):
    class Finder(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.rates, self.losses = [], []
            self.saved = self.model.get_weights()
            self.before = float(self.model.optimizer.learning_rate)

        def on_train_batch_begin(self, batch, logs=None):
            k = len(self.losses)
            rate = np.exp(np.log(low) + (np.log(high) - np.log(low)) * k / (steps - 1))
            self.model.optimizer.learning_rate = float(rate)
            self.rates.append(float(rate))

        def on_train_batch_end(self, batch, logs=None):
            self.losses.append(logs["loss"])
            if len(self.losses) == steps:
                self.model.stop_training = True

        def on_train_end(self, logs=None):
            self.model.set_weights(self.saved)
            self.model.optimizer.learning_rate = self.before

    return Finder()
