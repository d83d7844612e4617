"""Subtracts a tenth of the gradient and leaves the optimizer out."""


def train(model, data, optimizer, loss, epochs):
    curve = []
    for _ in range(epochs):
        mean = keras.metrics.Mean()
        for x, y in data:
            with tf.GradientTape() as tape:
                value = loss(y, model(x))
            for weight, slope in zip(
                model.trainable_variables, tape.gradient(value, model.trainable_variables), strict=True
            ):
                weight.assign_sub(0.1 * slope)
            mean.update_state(value, sample_weight=len(x))
        curve.append(float(mean.result()))
    return {"loss": curve}
