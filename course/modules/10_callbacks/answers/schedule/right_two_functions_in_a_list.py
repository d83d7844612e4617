"""The scheduler in a list, tensors for the numbers."""


def warm_up_cosine(peak, warm_up, total):
    def climb(e):
        return peak * (e + 1) / warm_up

    def fall(e):
        turn = tf.constant(np.pi, tf.float64) * (e - warm_up) / (total - warm_up)
        return float(0.5 * peak * (1 + tf.cos(turn)))

    return [keras.callbacks.LearningRateScheduler(lambda e: climb(e) if e < warm_up else fall(e))]
