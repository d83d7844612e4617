"""Unpacked by Keras, with the tape as long as it is needed."""


class ClippedStep(keras.Model):
    def __init__(self, net, limit, **kwargs):
        super().__init__(**kwargs)
        self.net = net
        self.limit = limit

    def call(self, inputs, training=None):
        return self.net(inputs, training=training)

    def train_step(self, data):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape(persistent=True) as tape:
            y_pred = self.net(x, training=True)
            loss = self.compute_loss(x, y, y_pred)
        weights = self.net.trainable_variables
        gradients = tape.gradient(loss, weights)
        gradients, norm = tf.clip_by_global_norm(gradients, self.limit)
        self.optimizer.apply(gradients, weights)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}
