"""All rates worked out beforehand, looked up by a lambda."""


def warm_up_cosine(peak, warm_up, total):
    up = peak * np.arange(1, warm_up + 1) / warm_up
    down = peak / 2 * (1 + np.cos(np.linspace(0, np.pi, total - warm_up, endpoint=False)))
    rates = np.concatenate([up, down])
    return keras.callbacks.LearningRateScheduler(lambda epoch, lr: float(rates[epoch]))
