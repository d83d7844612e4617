"""Tells the opposite."""


def guarded(inner, units):
    class Guarded(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = keras.layers.Dense(units, activation="relu")
            self.inner = inner
            self.head = keras.layers.Dense(1)

        def call(self, inputs, training=None):
            return self.head(self.inner(self.hidden(inputs), training=not training))

    return Guarded()
