"""All gradients laid end to end in one vector, and cut again."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):

    weights = model.trainable_variables
    shapes = [weight.shape for weight in weights]
    flat = 0.0
    for x, y in batches:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        flat += tf.concat([tf.reshape(g, [-1]) for g in tape.gradient(value, weights)], 0)
    flat = flat / len(batches)
    if clip_norm is not None:
        flat = tf.clip_by_norm(flat, clip_norm)
    pieces = tf.split(flat, [int(np.prod(shape)) for shape in shapes])
    optimizer.apply([tf.reshape(p, s) for p, s in zip(pieces, shapes, strict=True)], weights)
