"""The evaluation ends with the first batch."""


def train_step(model, x, y, optimizer, loss):
    with tf.GradientTape() as tape:
        value = loss(y, model(x, training=True)) + sum(model.losses)
    gradients = tape.gradient(value, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return value


def evaluate(model, data, loss):
    for x, y in data:
        return float(loss(y, model(x, training=False)))
