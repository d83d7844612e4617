"""Appends to a list in the graph and returns its last entry from outside."""


def make_step(model, optimizer, loss):
    losses = []

    @tf.function
    def graph(x, y):
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True)) + sum(model.losses)
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        losses.append(value)

    def step(x, y):
        graph(x, y)
        return losses[-1]

    return step
