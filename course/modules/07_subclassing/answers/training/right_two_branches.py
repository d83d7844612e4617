"""Two branches, written out."""


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
                return self.head(self.inner(h, training=True))
            return self.head(self.inner(h, training=False))

    return Guarded()
