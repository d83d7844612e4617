"""Half a turn as 180, which NumPy takes for radians."""


def warm_up_cosine(peak, warm_up, total):
    def rate(epoch):
        if epoch < warm_up:
            return peak * (epoch + 1) / warm_up
        return 0.5 * peak * (1 + np.cos(180 * (epoch - warm_up) / (total - warm_up)))

    return keras.callbacks.LearningRateScheduler(rate)
