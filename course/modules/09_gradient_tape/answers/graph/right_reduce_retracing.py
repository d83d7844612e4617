"""One graph for all sizes."""


def make_step(model, optimizer, loss):
    weights = model.trainable_weights

    @tf.function(reduce_retracing=True)
    def step(x, y):
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
            for penalty in model.losses:
                value += penalty
        gradients = tape.gradient(value, weights)
        optimizer.apply_gradients(zip(gradients, weights, strict=True))
        return value

    return step
