"""The penalties by tf.add_n, where there are any; sums by hand."""


def train_step(model, x, y, optimizer, loss):
    with tf.GradientTape() as tape:
        predicted = model(x, training=True)
        total = loss(y, predicted)
        if model.losses:
            total += tf.add_n(model.losses)
    weights = model.trainable_weights
    optimizer.apply_gradients(zip(tape.gradient(total, weights), weights, strict=True))
    return float(total)


def evaluate(model, data, loss):
    total, rows = 0.0, 0
    for x, y in data:
        total += float(loss(y, model(x, training=False))) * x.shape[0]
        rows += x.shape[0]
    return total / rows
