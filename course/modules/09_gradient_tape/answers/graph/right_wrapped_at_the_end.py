"""A plain function, wrapped when it is returned."""


def make_step(model, optimizer, loss):
    def step(x, y):
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True)) + sum(model.losses)
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        return value

    return tf.function(step)
