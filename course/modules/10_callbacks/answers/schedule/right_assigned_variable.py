"""Assigns to the optimizer's variable, with `math` for the cosine."""

import math


def warm_up_cosine(peak, warm_up, total):
    class Plan(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            rate = peak * (epoch + 1) / warm_up
            if epoch >= warm_up:
                rate = peak * math.cos(math.pi / 2 * (epoch - warm_up) / (total - warm_up)) ** 2
            self.model.optimizer.learning_rate.assign(rate)

    return Plan()
