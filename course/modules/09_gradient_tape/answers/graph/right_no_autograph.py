"""Without autograph: the step has no Python control flow."""


def make_step(model, optimizer, loss):
    @tf.function(autograph=False)
    def step(x, y):
        with tf.GradientTape() as tape:
            predicted = model(x, training=True)
            value = tf.add_n([loss(y, predicted), *model.losses])
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        return tf.identity(value)

    return step
