"""The evaluation asks `predict`, which is inference, batch by batch."""


def train_step(model, x, y, optimizer, loss):
    with tf.GradientTape() as tape:
        value = loss(y, model(x, training=True)) + sum(model.losses)
    gradients = tape.gradient(value, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return value


def evaluate(model, data, loss):
    total, rows = 0.0, 0
    for x, y in data:
        predicted = tf.constant(model.predict_on_batch(x))
        total, rows = total + loss(y, predicted) * len(x), rows + len(x)
    return total / rows
