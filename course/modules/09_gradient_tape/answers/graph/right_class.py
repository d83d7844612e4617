"""An object with a graph as its method, called like a function."""


class Step:
    def __init__(self, model, optimizer, loss):
        self.model, self.optimizer, self.loss = model, optimizer, loss

    @tf.function
    def __call__(self, x, y):
        with tf.GradientTape() as tape:
            value = self.loss(y, self.model(x, training=True)) + sum(self.model.losses)
        weights = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(value, weights), weights)
        return value


def make_step(model, optimizer, loss):
    return Step(model, optimizer, loss)
