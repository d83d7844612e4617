"""A metric of one's own for the loss."""


class ClippedStep(keras.Model):
    def __init__(self, net, limit, **kwargs):
        super().__init__(**kwargs)
        self.net = net
        self.limit = limit
        self.mean_loss = keras.metrics.Mean(name="loss")

    def call(self, inputs, training=None):
        return self.net(inputs, training=training)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        weights = self.trainable_variables
        gradients = tape.gradient(loss, weights)
        gradients, norm = tf.clip_by_global_norm(gradients, self.limit)
        self.optimizer.apply(gradients, weights)
        self.mean_loss.update_state(loss)
        others = [m for m in self.metrics if m.name != "loss"]
        for metric in others:
            metric.update_state(y, y_pred)
        return {"loss": self.mean_loss.result()} | {m.name: m.result() for m in others}
