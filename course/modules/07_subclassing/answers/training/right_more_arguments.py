"""With a mask that isn't used, and settings by name."""


def guarded(inner, units):
    class Guarded(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = keras.layers.Dense(units)
            self.inner = inner
            self.head = keras.layers.Dense(1)

        def call(self, inputs, training=None, mask=None):
            options = {"training": training}
            x = keras.ops.relu(self.hidden(inputs))
            x = self.inner(x, **options)
            return self.head(x)

    return Guarded()
