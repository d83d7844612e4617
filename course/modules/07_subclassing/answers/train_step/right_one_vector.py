"""The norm of one long vector."""


class ClippedStep(keras.Model):
    def __init__(self, net, limit, **kwargs):
        super().__init__(**kwargs)
        self.net = net
        self.limit = limit

    def call(self, inputs, training=None):
        return self.net(inputs, training=training)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        weights = self.trainable_variables
        gradients = tape.gradient(loss, weights)
        flat = keras.ops.concatenate([keras.ops.reshape(g, (-1,)) for g in gradients])
        norm = keras.ops.norm(flat)
        gradients = [g * self.limit / keras.ops.maximum(norm, self.limit) for g in gradients]
        self.optimizer.apply(gradients, weights)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}
