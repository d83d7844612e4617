"""Puts the micro-batches together: that is the large batch."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):

    x = tf.concat([x for x, _ in batches], axis=0)
    y = tf.concat([y for _, y in batches], axis=0)
    with tf.GradientTape() as tape:
        value = loss(y, model(x, training=True))
    gradients = tape.gradient(value, model.trainable_variables)
    if clip_norm is not None:
        gradients, _ = tf.clip_by_global_norm(gradients, clip_norm)
    optimizer.apply(gradients, model.trainable_variables)
