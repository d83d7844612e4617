"""One tape for all: the mean of the losses."""


def accumulated_step(model, batches, optimizer, loss, clip_norm=None):

    with tf.GradientTape() as tape:
        value = tf.add_n([loss(y, model(x)) for x, y in batches]) / len(batches)
    gradients = tape.gradient(value, model.trainable_variables)
    if clip_norm:
        gradients = tf.clip_by_global_norm(gradients, clip_norm)[0]
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
