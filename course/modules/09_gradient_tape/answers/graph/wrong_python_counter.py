"""Hands a Python counter to the graph: each call is a new value, and a new trace."""


def make_step(model, optimizer, loss):
    count = 0

    @tf.function
    def graph(x, y, number):
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True)) + sum(model.losses)
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        return value

    def step(x, y):
        nonlocal count
        count += 1
        return graph(x, y, count)

    return step
