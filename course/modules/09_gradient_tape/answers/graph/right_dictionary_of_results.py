"""The inner graph returns a dict; the step picks the loss."""


def make_step(model, optimizer, loss):
    @tf.function
    def inner(batch):
        x, y = batch
        with tf.GradientTape() as tape:
            data_loss = loss(y, model(x, training=True))
            penalty = tf.add_n(model.losses) if model.losses else 0.0
            total = data_loss + penalty
        optimizer.apply(tape.gradient(total, model.trainable_variables), model.trainable_variables)
        return {"total": total, "data": data_loss}

    def step(x, y):
        return inner((x, y))["total"]

    return step
