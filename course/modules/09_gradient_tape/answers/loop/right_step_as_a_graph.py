"""The step is a tf.function, the loop around it Python."""


def train(model, data, optimizer, loss, epochs):
    @tf.function(reduce_retracing=True)
    def step(x, y):
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        return value

    mean, curve = keras.metrics.Mean(), []
    for _ in range(epochs):
        for x, y in data:
            mean.update_state(step(x, y), sample_weight=tf.shape(x)[0])
        curve.append(float(mean.result()))
        mean.reset_state()
    return {"loss": curve}
