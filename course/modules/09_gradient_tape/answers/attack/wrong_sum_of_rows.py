"""The sum over the rows: as many times too large as there are rows."""


def input_gradient(model, x, y, loss):
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = len(x) * loss(y, model(x, training=False))
    return tape.gradient(value, x)


def attack(model, x, y, loss, epsilon):
    return x + epsilon * tf.sign(input_gradient(model, x, y, loss))
