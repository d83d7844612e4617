"""Returns a LearningRateSchedule, which belongs to the optimizer and counts batches."""


def warm_up_cosine(peak, warm_up, total):
    return keras.optimizers.schedules.CosineDecay(
        peak / warm_up, total - warm_up, warmup_target=peak, warmup_steps=warm_up
    )
