"""The model is called outside the tape's block: there is no gradient."""


class GradientNorm(keras.callbacks.Callback):
    def __init__(self, folder, X, y):
        super().__init__()
        self.X, self.y = X, y
        self.writer = tf.summary.create_file_writer(folder)

    def on_epoch_end(self, epoch, logs=None):
        outputs = self.model(self.X, training=False)
        loss = self.model.compute_loss(x=self.X, y=self.y, y_pred=outputs)
        with tf.GradientTape() as tape:
            tape.watch(loss)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        norm = tf.linalg.global_norm(gradients)
        with self.writer.as_default():
            see.events.scalar("gradient_norm", norm, step=epoch)
