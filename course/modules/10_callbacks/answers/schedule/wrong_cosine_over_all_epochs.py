"""The fall is spread over all epochs, warm-up included."""


def warm_up_cosine(peak, warm_up, total):
    def rate(epoch):
        if epoch < warm_up:
            return peak * (epoch + 1) / warm_up
        return 0.5 * peak * (1 + np.cos(np.pi * epoch / total))

    return keras.callbacks.LearningRateScheduler(rate)
