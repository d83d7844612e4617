"""The inner layer is called in training only."""


def guarded(inner, units):
    class Guarded(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = keras.layers.Dense(units, activation="relu")
            self.inner = inner
            self.head = keras.layers.Dense(1)

        def call(self, inputs, training=None):
            h = self.hidden(inputs)
            if training:
                h = self.inner(h, training=training)
            return self.head(h)

    return Guarded()
