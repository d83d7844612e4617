"""`training=True` in the signature."""


def guarded(inner, units):
    class Guarded(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = keras.layers.Dense(units, activation="relu")
            self.inner = inner
            self.head = keras.layers.Dense(1)

        def call(self, inputs, training=True):
            return self.head(self.inner(self.hidden(inputs), training=training))

    return Guarded()
