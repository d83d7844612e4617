"""A LearningRateSchedule of one's own, called once an epoch."""


class WarmUpCosine(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, warm_up, total):
        self.peak, self.warm_up, self.total = peak, warm_up, total

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        climb = self.peak * (step + 1) / self.warm_up
        turn = np.pi * (step - self.warm_up) / (self.total - self.warm_up)
        return keras.ops.where(step < self.warm_up, climb, 0.5 * self.peak * (1 + keras.ops.cos(turn)))


def warm_up_cosine(peak, warm_up, total):
    plan = WarmUpCosine(peak, warm_up, total)
    return keras.callbacks.LearningRateScheduler(lambda epoch: float(plan(epoch)))
