"""Clips each number."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):
    weights = model.trainable_variables
    total = [tf.zeros(weight.shape) for weight in weights]
    for x, y in batches:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        gradients = tape.gradient(value, weights)
        total = [t + g for t, g in zip(total, gradients, strict=True)]
    mean = [t / len(batches) for t in total]
    if clip_norm is not None:
        mean = [tf.clip_by_value(g, -clip_norm, clip_norm) for g in mean]
    optimizer.apply(mean, weights)
