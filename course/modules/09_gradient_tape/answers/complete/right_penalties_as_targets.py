"""Two losses in a list: the tape adds up their gradients."""


def train_step(model, x, y, optimizer, loss):
    with tf.GradientTape() as tape:
        parts = [loss(y, model(x, training=True)), *model.losses]
    gradients = tape.gradient(parts, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return sum(float(part) for part in parts)


def evaluate(model, data, loss):
    mean = keras.metrics.Mean()
    for x, y in data:
        mean.update_state(loss(y, model(x, training=False)), sample_weight=len(x))
    return float(mean.result())
