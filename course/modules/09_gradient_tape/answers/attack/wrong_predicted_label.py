"""Takes the model's own answer for the truth, on the way up as well."""


def input_gradient(model, x, y, loss):
    with tf.GradientTape() as tape:
        tape.watch(x)
        predicted = model(x, training=False)
        value = loss(tf.argmax(predicted, axis=1), predicted)
    return tape.gradient(value, x)


def attack(model, x, y, loss, epsilon):
    return x + epsilon * tf.sign(input_gradient(model, x, y, loss))
