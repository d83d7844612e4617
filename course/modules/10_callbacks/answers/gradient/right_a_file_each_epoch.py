"""A new writer, and so a new file, for each epoch; leaving the block closes it."""


class GradientNorm(keras.callbacks.Callback):
    def __init__(self, folder, X, y):
        super().__init__()
        self.folder, self.X, self.y = folder, X, y

    def on_epoch_end(self, epoch, logs=None):
        with tf.GradientTape() as tape:
            outputs = self.model(self.X, training=False)
            loss = self.model.compute_loss(x=self.X, y=self.y, y_pred=outputs)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        norm = tf.linalg.global_norm(gradients)
        with tf.summary.create_file_writer(self.folder).as_default() as writer:
            see.events.scalar("gradient_norm", norm, step=epoch)
            writer.flush()
