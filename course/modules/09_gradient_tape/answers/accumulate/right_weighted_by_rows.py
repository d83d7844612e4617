"""Weights each micro-batch by its rows, and returns the norm."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):

    rows = sum(len(x) for x, _ in batches)
    total = [tf.zeros_like(weight) for weight in model.trainable_variables]
    for x, y in batches:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True)) * len(x) / rows
        gradients = tape.gradient(value, model.trainable_variables)
        total = list(map(tf.add, total, gradients))
    norm = tf.linalg.global_norm(total)
    if clip_norm is not None:
        total, _ = tf.clip_by_global_norm(total, clip_norm, use_norm=norm)
    optimizer.apply(total, model.trainable_variables)
    return norm
