"""Sets `optimizer.lr`, which is only an attribute of that name."""


def warm_up_cosine(peak, warm_up, total):
    class Plan(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch < warm_up:
                self.model.optimizer.lr = peak * (epoch + 1) / warm_up
            else:
                self.model.optimizer.lr = 0.5 * peak * (1 + np.cos(np.pi * (epoch - warm_up) / (total - warm_up)))

    return Plan()
