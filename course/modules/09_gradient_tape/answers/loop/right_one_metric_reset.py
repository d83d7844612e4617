"""One metric for all epochs, reset at the beginning of each."""


def train(model, data, optimizer, loss, epochs):
    mean, losses = keras.metrics.Mean(), []
    for _ in range(epochs):
        mean.reset_state()
        for x, y in data:
            with tf.GradientTape() as tape:
                value = loss(y, model(x, training=True))
            optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
            mean.update_state(value, len(y))
        losses.append(mean.result().numpy())
    return {"loss": losses}
