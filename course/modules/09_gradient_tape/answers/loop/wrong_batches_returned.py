"""A loss for each batch, not for each epoch."""


def train(model, data, optimizer, loss, epochs):
    curve = []
    for _ in range(epochs):
        for x, y in data:
            with tf.GradientTape() as tape:
                value = loss(y, model(x))
            gradients = tape.gradient(value, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
            curve.append(float(value))
    return {"loss": curve}
