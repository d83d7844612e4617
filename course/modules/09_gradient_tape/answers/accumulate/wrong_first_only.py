"""The step stands in the loop, and so does the return."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):
    weights = model.trainable_variables
    total = [tf.zeros(weight.shape) for weight in weights]
    for x, y in batches:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        gradients = tape.gradient(value, weights)
        optimizer.apply(gradients, weights)
        return
    mean = total
    if clip_norm is not None:
        mean, _ = tf.clip_by_global_norm(mean, clip_norm)
    optimizer.apply(mean, weights)
