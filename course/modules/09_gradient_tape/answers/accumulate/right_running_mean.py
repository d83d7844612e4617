"""A running mean over the micro-batches."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):

    weights = model.trainable_variables
    mean = [0.0] * len(weights)
    for k, (x, y) in enumerate(batches, start=1):
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        slopes = tape.gradient(value, weights)
        mean = [m + (g - m) / k for m, g in zip(mean, slopes, strict=True)]
    if clip_norm is not None:
        mean, _ = tf.clip_by_global_norm(mean, clip_norm)
    optimizer.apply(mean, weights)
