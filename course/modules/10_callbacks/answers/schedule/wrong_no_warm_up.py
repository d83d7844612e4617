"""Only the cosine."""


def warm_up_cosine(peak, warm_up, total):
    return keras.callbacks.LearningRateScheduler(lambda e: 0.5 * peak * (1 + np.cos(np.pi * e / total)))
