"""Five small steps instead of one."""


def input_gradient(model, x, y, loss):
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss(y, model(x, training=False))
    return tape.gradient(value, x)


def attack(model, x, y, loss, epsilon):
    moved = tf.identity(x)
    for _ in range(5):
        moved += epsilon / 5 * tf.sign(input_gradient(model, moved, y, loss))
    return moved
