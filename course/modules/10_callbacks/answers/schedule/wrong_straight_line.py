"""Falls in a straight line, not along a cosine."""


def warm_up_cosine(peak, warm_up, total):
    def rate(epoch):
        if epoch < warm_up:
            return peak * (epoch + 1) / warm_up
        return peak * (1 - (epoch - warm_up) / (total - warm_up))

    return keras.callbacks.LearningRateScheduler(rate)
