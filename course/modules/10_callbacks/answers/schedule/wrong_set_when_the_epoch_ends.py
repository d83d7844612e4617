"""Set at the end of the epoch: one late."""


def warm_up_cosine(peak, warm_up, total):
    class Plan(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            rate = peak * (epoch + 1) / warm_up
            if epoch >= warm_up:
                rate = 0.5 * peak * (1 + np.cos(np.pi * (epoch - warm_up) / (total - warm_up)))
            self.model.optimizer.learning_rate = rate

    return Plan()
