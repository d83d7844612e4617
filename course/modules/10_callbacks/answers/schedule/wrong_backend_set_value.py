"""`K.set_value(optimizer.lr, …)`, from an older tutorial."""


def warm_up_cosine(peak, warm_up, total):
    class Plan(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            rate = peak * (epoch + 1) / warm_up
            if epoch >= warm_up:
                rate = 0.5 * peak * (1 + np.cos(np.pi * (epoch - warm_up) / (total - warm_up)))
            keras.backend.set_value(self.model.optimizer.lr, rate)

    return Plan()
