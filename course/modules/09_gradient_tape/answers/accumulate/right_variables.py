"""Accumulates in variables with assign_add."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):

    weights = model.trainable_variables
    sums = [tf.Variable(tf.zeros(weight.shape)) for weight in weights]
    for x, y in batches:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        for kept, slope in zip(sums, tape.gradient(value, weights), strict=True):
            kept.assign_add(slope)
    mean = [kept / float(len(batches)) for kept in sums]
    mean = mean if clip_norm is None else tf.clip_by_global_norm(mean, clip_norm)[0]
    optimizer.apply(mean, weights)
