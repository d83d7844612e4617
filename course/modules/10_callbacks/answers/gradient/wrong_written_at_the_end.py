"""Keeps the numbers in a list and writes them when training ends."""


class GradientNorm(keras.callbacks.Callback):
    def __init__(self, folder, X, y):
        super().__init__()
        self.X, self.y = X, y
        self.writer = tf.summary.create_file_writer(folder)
        self.norms = []

    def on_epoch_end(self, epoch, logs=None):
        with tf.GradientTape() as tape:
            outputs = self.model(self.X, training=False)
            loss = self.model.compute_loss(x=self.X, y=self.y, y_pred=outputs)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        norm = tf.linalg.global_norm(gradients)
        self.norms.append(norm)

    def on_train_end(self, logs=None):
        with self.writer.as_default():
            for epoch, norm in enumerate(self.norms):
                see.events.scalar("gradient_norm", norm, step=epoch)
