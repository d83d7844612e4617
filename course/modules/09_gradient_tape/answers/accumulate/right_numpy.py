"""Averages and clips in NumPy, and hands arrays back."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):

    weights = model.trainable_variables
    sums = [np.zeros(weight.shape, "float32") for weight in weights]
    for x, y in batches:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        for place, slope in enumerate(tape.gradient(value, weights)):
            sums[place] += slope.numpy()
    mean = [s / len(batches) for s in sums]
    if clip_norm is not None:
        norm = np.sqrt(sum((m**2).sum() for m in mean))
        mean = [m * min(1.0, clip_norm / norm) for m in mean]
    optimizer.apply([tf.constant(m) for m in mean], weights)
