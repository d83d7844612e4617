"""Sets the same rate again before each batch of the epoch."""


def warm_up_cosine(peak, warm_up, total):
    class Plan(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.rate = np.where(
                epoch < warm_up,
                peak * (epoch + 1) / warm_up,
                0.5 * peak * (1 + np.cos(np.pi * (epoch - warm_up) / (total - warm_up))),
            )

        def on_train_batch_begin(self, batch, logs=None):
            self.model.optimizer.learning_rate = float(self.rate)

    return Plan()
