"""The class stands outside and gets its arguments."""


class Guarded(keras.Model):
    def __init__(self, inner, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.inner = units, inner

    def build(self, input_shape):
        self.hidden = keras.layers.Dense(self.units, activation=keras.activations.relu)
        self.head = keras.layers.Dense(1)

    def call(self, x, training=None):
        return self.head(self.inner(self.hidden(x), training=training))


def guarded(inner, units):
    return Guarded(inner=inner, units=units)
