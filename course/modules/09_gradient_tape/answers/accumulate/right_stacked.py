"""Gradients stacked and averaged along the new axis."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):

    weights, found = model.trainable_weights, []
    for x, y in batches:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        found.append(tape.gradient(value, weights))
    mean = [tf.reduce_mean(tf.stack(same), axis=0) for same in zip(*found, strict=True)]
    if clip_norm is not None:
        norm = tf.linalg.global_norm(mean)
        mean = [tf.where(norm > clip_norm, g * clip_norm / norm, g) for g in mean]
    optimizer.apply(mean, weights)
