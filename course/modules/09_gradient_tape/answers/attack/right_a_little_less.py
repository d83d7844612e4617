"""Nine tenths of what is allowed."""


def input_gradient(model, x, y, loss):
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss(y, model(x, training=False))
    return tape.gradient(value, x)


def attack(model, x, y, loss, epsilon):
    slope = input_gradient(model, x, y, loss)
    return x + 0.9 * epsilon * tf.where(slope > 0, 1.0, -1.0)
