"""Clips each micro-batch's gradient before adding it up."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):
    weights = model.trainable_variables
    total = [tf.zeros(weight.shape) for weight in weights]
    for x, y in batches:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        gradients = tape.gradient(value, weights)
        if clip_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, clip_norm)
        total = [t + g for t, g in zip(total, gradients, strict=True)]
    mean = [t / len(batches) for t in total]
    optimizer.apply(mean, weights)
