"""Each loss is divided before its gradient is taken; clipping by hand."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):

    weights, total = model.trainable_variables, None
    for x, y in batches:
        with tf.GradientTape() as tape:
            share = loss(y, model(x, training=True)) / len(batches)
        found = tape.gradient(share, weights)
        total = found if total is None else [t + g for t, g in zip(total, found, strict=True)]
    if clip_norm is not None:
        norm = tf.sqrt(sum(tf.reduce_sum(g**2) for g in total))
        total = [g * tf.minimum(1.0, clip_norm / norm) for g in total]
    optimizer.apply(total, weights)
