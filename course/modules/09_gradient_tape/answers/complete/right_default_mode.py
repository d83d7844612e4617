"""Outside `fit` a call without `training` is one at inference."""


def train_step(model, x, y, optimizer, loss):
    with tf.GradientTape() as tape:
        value = loss(y, model(x, training=True)) + sum(model.losses)
    gradients = tape.gradient(value, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return value


def evaluate(model, data, loss):
    losses, sizes = zip(*[(loss(y, model(x)), len(x)) for x, y in data], strict=True)
    return np.average([value.numpy() for value in losses], weights=sizes)
