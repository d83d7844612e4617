"""The older name: pairs of gradient and weight."""


def train(model, data, optimizer, loss, epochs):
    history = {"loss": []}
    for _ in range(epochs):
        total, rows = 0.0, 0
        for x, y in data:
            with tf.GradientTape() as tape:
                predicted = model(x, training=True)
                value = loss(y, predicted)
            gradients = tape.gradient(value, model.trainable_weights)
            optimizer.apply_gradients(zip(gradients, model.trainable_weights, strict=True))
            total += float(value) * x.shape[0]
            rows += x.shape[0]
        history["loss"].append(total / rows)
    return history
