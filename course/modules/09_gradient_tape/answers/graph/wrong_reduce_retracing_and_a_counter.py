"""`reduce_retracing` doesn't help against Python numbers."""


def make_step(model, optimizer, loss):
    numbers = iter(range(1000))

    @tf.function(reduce_retracing=True)
    def graph(x, y, number):
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True)) + sum(model.losses)
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        return value

    return lambda x, y: graph(x, y, next(numbers))
