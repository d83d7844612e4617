"""Python's `if`, turned into a graph by AutoGraph."""


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
        gradients = self.clipped(gradients)
        self.optimizer.apply(gradients, weights)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}

    @tf.function
    def clipped(self, gradients):
        norm = tf.linalg.global_norm(gradients)
        if norm > self.limit:
            gradients = [g * (self.limit / norm) for g in gradients]
        return gradients
