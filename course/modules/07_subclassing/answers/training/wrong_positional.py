"""Handed on by its place, which Keras refuses."""


def guarded(inner, units):
    class Guarded(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = keras.layers.Dense(units, activation="relu")
            self.inner = inner
            self.head = keras.layers.Dense(1)

        def call(self, inputs, training=None):
            hidden = self.hidden(inputs)
            return self.head(self.inner(hidden, training))

    return Guarded()
