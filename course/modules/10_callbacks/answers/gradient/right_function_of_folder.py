"""A function that makes the callback of functions."""


def GradientNorm(folder, X, y):
    writer = tf.summary.create_file_writer(folder)
    callback = keras.callbacks.LambdaCallback()

    def look(epoch, logs=None):
        model = callback.model
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=y, y_pred=model(X, training=False))
        slopes = tape.gradient(loss, model.trainable_variables)
        with writer.as_default():
            see.events.scalar("gradient_norm", tf.sqrt(sum(tf.reduce_sum(s * s) for s in slopes)), epoch)
        writer.flush()

    callback.on_epoch_end = look
    return callback
