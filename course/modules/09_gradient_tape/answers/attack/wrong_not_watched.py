"""Nobody watches the input."""


def input_gradient(model, x, y, loss):
    with tf.GradientTape() as tape:
        value = loss(y, model(x, training=False))
    return tape.gradient(value, x)


def attack(model, x, y, loss, epsilon):
    return x + epsilon * tf.sign(input_gradient(model, x, y, loss))
