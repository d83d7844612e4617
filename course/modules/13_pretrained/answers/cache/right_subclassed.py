"""Backbone and head joined by a subclassed model."""


class Joined(keras.Model):
    def __init__(self, base, head):
        super().__init__()
        self.base, self.head = base, head

    def call(self, inputs):
        return self.head(self.base(inputs, training=False))


def train_on_features(base, head, X, y, epochs):
    head.fit(base.predict(X, verbose=0), y, epochs=epochs, verbose=0)
    return Joined(base, head)
