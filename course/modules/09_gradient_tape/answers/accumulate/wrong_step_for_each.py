"""A step for each micro-batch."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):

    weights = model.trainable_variables
    for x, y in batches:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        gradients = tape.gradient(value, weights)
        if clip_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, clip_norm)
        optimizer.apply(gradients, weights)
