"""A callback of one's own that sets the rate when an epoch begins."""


class Planned(keras.callbacks.Callback):
    def __init__(self, peak, warm_up, total):
        super().__init__()
        self.peak, self.warm_up, self.total = peak, warm_up, total

    def on_epoch_begin(self, epoch, logs=None):
        if epoch < self.warm_up:
            rate = self.peak * (epoch + 1) / self.warm_up
        else:
            done = (epoch - self.warm_up) / (self.total - self.warm_up)
            rate = self.peak * 0.5 * (1 + np.cos(np.pi * done))
        self.model.optimizer.learning_rate = rate


def warm_up_cosine(peak, warm_up, total):
    return Planned(peak, warm_up, total)
