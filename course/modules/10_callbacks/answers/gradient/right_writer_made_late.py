"""The writer is made when training begins."""


class GradientNorm(keras.callbacks.Callback):
    def __init__(self, folder, X, y):
        super().__init__()
        self.folder, self.rows, self.truth = folder, X, y

    def on_train_begin(self, logs=None):
        self.writer = tf.summary.create_file_writer(self.folder, flush_millis=1000)

    def on_epoch_end(self, epoch, logs=None):
        with tf.GradientTape() as tape:
            outputs = self.model(self.rows, training=False)
            loss = self.model.compute_loss(x=self.rows, y=self.truth, y_pred=outputs)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        norm = tf.linalg.global_norm(gradients)
        with self.writer.as_default():
            see.events.scalar("gradient_norm", norm, step=epoch)
