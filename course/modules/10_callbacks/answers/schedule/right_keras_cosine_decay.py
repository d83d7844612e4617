"""The fall by Keras' own CosineDecay, asked with the epoch for a step."""


def warm_up_cosine(peak, warm_up, total):
    fall = keras.optimizers.schedules.CosineDecay(peak, total - warm_up)

    def rate(epoch):
        return peak * (epoch + 1) / warm_up if epoch < warm_up else float(fall(epoch - warm_up))

    return keras.callbacks.LearningRateScheduler(rate)
