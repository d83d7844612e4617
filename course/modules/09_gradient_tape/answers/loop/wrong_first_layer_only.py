"""Trains the first layer and forgets the rest."""


def train(model, data, optimizer, loss, epochs):
    curve = []
    for _ in range(epochs):
        mean = keras.metrics.Mean()
        for x, y in data:
            with tf.GradientTape() as tape:
                value = loss(y, model(x))
            gradients = tape.gradient(value, model.trainable_variables[:2])
            optimizer.apply_gradients(zip(gradients, model.trainable_variables[:2], strict=True))
            mean.update_state(value, sample_weight=len(x))
        curve.append(float(mean.result()))
    return {"loss": curve}
