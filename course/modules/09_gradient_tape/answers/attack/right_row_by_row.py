"""Each row by itself, its share of the mean counted."""


def input_gradient(model, x, y, loss):
    slopes = []
    for row, label in zip(x[:, None], y[:, None], strict=True):
        with tf.GradientTape() as tape:
            tape.watch(row)
            value = loss(label, model(row, training=False))
        slopes.append(tape.gradient(value, row) / len(x))
    return tf.concat(slopes, axis=0)


def attack(model, x, y, loss, epsilon):
    return x + epsilon * tf.sign(input_gradient(model, x, y, loss))
